import { Failure } from "./failure";
import type { Session } from "./session";
import type { CheckResult, Properties } from "./wire";

/** What a handler's check has found so far. */
export interface Checked {
  readonly inputs: Properties;
  /** The names of the resource's inputs. */
  readonly allowed: readonly string[];
  readonly reasons: readonly string[];
}

/** Finishes a check: names inputs that do not exist and, when nothing else is wrong, what keeps the backend out of reach. */
export async function checkInputs(session: Session, checked: Checked): Promise<CheckResult> {
  const { inputs, allowed } = checked;
  const unknown = Object.keys(inputs).filter((key) => key !== "__provider" && !allowed.includes(key));
  const reasons = [
    ...unknown.map((key) => `there is no input ${JSON.stringify(key)}; the inputs are ${namesFor(allowed)}`),
    ...checked.reasons,
  ];
  if (reasons.length === 0) {
    const obstacle = await session.connect().then(() => null, reasonOf);
    if (obstacle !== null) reasons.push(obstacle);
  }
  return { inputs, failures: reasons.map((reason) => ({ property: "", reason })) };
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  throw error;
}

function namesFor(allowed: readonly string[]): string {
  return allowed.filter((name) => name !== "managedBy").join(", ");
}
