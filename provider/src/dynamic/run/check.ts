import { quoted } from "xtremepush-access/text";
import { engineText } from "../../engine-text";
import { Failure } from "./failure";
import type { Connection, Session } from "./session";
import type { CheckResult, Properties } from "./wire";

/** The result of a handler's own checks. */
export interface Checked {
  readonly inputs: Properties;
  /** The names of the resource's inputs. */
  readonly allowed: readonly string[];
  /** The inputs that only the class sets. @default managedBy */
  readonly hidden?: readonly string[];
  readonly reasons: readonly string[];
  /** Compares with the live state when nothing else is wrong; a Failure becomes one more reason. */
  readonly compare?: (connection: Connection) => Promise<void>;
}

/** Finishes a check: reports unknown inputs and, when nothing else is wrong, why the backend cannot be reached. */
export async function checkInputs(session: Session, checked: Checked): Promise<CheckResult> {
  const { inputs, allowed } = checked;
  const unknown = Object.keys(inputs).filter((key) => key !== "__provider" && !allowed.includes(key));
  const reasons = [
    ...unknown.map((key) => `there is no input ${quoted(key, 200)}; the inputs are ${namesFor(checked)}`),
    ...checked.reasons,
  ];
  if (reasons.length === 0) {
    const obstacle = await look(session, checked).then(() => null, reasonOf);
    if (obstacle !== null) reasons.push(obstacle);
  }
  return { inputs, failures: reasons.map((reason) => ({ property: "", reason: engineText(reason) })) };
}

async function look(session: Session, { inputs, compare }: Checked): Promise<void> {
  const connection = await session.connect();
  connection?.declarations.declare(inputs["managedBy"]);
  if (connection !== null && compare !== undefined) await session.use({}, compare);
}

function reasonOf(error: unknown): string {
  if (error instanceof Failure) return error.message;
  throw error;
}

function namesFor({ allowed, hidden = ["managedBy"] }: Checked): string {
  return allowed.filter((name) => !hidden.includes(name)).join(", ");
}
