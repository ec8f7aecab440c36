import type { FaultyCall } from "../support/backend/fault-proxy";
import { changeByHand } from "./by-hand";
import type { Step } from "./history";
import type { Point } from "./moves";
import { isKill } from "./plan";
import type { World } from "./world";

/** A run of the CLI with faults. */
export interface FaultyRun {
  readonly end: "killed" | "failed" | "succeeded";
  /** What the CLI printed. */
  readonly output: string;
  readonly fell: readonly Fallen[];
  /** Whether the stranger's change came before the run's change or after the run; null when there was none. */
  readonly stranger: "early" | "late" | null;
}

/** A fault that happened. */
export interface Fallen {
  readonly fault: FaultyCall["fault"];
  /** As in `kill-after at POST clients of c1, answered with 201`. */
  readonly sentence: string;
}

/** The command line of each kind of step. */
export const COMMAND_LINES = {
  up: ["up", "--yes", "--skip-preview"],
  refresh: ["refresh", "--yes", "--skip-preview"],
  destroy: ["destroy", "--yes", "--skip-preview"],
} as const satisfies Record<Step["command"], readonly string[]>;

/** Runs the command of a step with its faults, each once, and with the change of a stranger. */
export async function faultyRun(world: World, { command, faults, stranger }: Step): Promise<FaultyRun> {
  const { stack, proxy, resourceOf } = world;
  const left = [...faults];
  let isEarly = stranger?.when === "before the run" && (await changeByHand(world, stranger));
  const run = stack.start(...COMMAND_LINES[command]);
  proxy.meet(async (passing) => {
    const client = await resourceOf(passing);
    const isAt = ({ call, client: key }: Point) => call === passing.call && key === client;
    if (stranger?.when === "during the run" && !isEarly && isAt(stranger)) {
      isEarly = true;
      await changeByHand(world, stranger);
    }
    const index = left.findIndex(isAt);
    const [met] = index < 0 ? [] : left.splice(index, 1);
    return met?.fault ?? null;
  }, run.kill);
  const { code, output } = await run.finished;
  const fell = await Promise.all(proxy.heal().map((faulty) => fallen(world, faulty)));
  const killed = fell.some(({ fault }) => isKill(fault));
  const isLate = stranger !== null && !isEarly && (await changeByHand(world, stranger));
  return {
    end: killed ? "killed" : code === 0 ? "succeeded" : "failed",
    output,
    fell,
    stranger: isEarly ? "early" : isLate ? "late" : null,
  };
}

async function fallen({ resourceOf }: World, faulty: FaultyCall): Promise<Fallen> {
  const client = await resourceOf(faulty);
  const answered = faulty.status === null ? "which the backend did not see" : `answered with ${faulty.status}`;
  const sentence = `${faulty.fault} at ${faulty.call}${client === null ? "" : ` of ${client}`}, ${answered}`;
  return { fault: faulty.fault, sentence };
}
