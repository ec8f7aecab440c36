import type { FaultyCall } from "../support/fault-proxy";
import type { Step } from "./history";
import { isKill } from "./plan";
import type { World } from "./world";

/** A run of the CLI in which calls went wrong. */
export interface FaultyRun {
  readonly end: "killed" | "failed" | "succeeded";
  /** What the CLI printed. */
  readonly output: string;
  readonly fell: readonly Fallen[];
}

/** A fault that fell. */
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

/** Runs the command of a step while its faults fall, each once. */
export async function faultyRun(world: World, { command, faults }: Step): Promise<FaultyRun> {
  const { stack, proxy, resourceOf } = world;
  const left = [...faults];
  const run = stack.start(...COMMAND_LINES[command]);
  proxy.meet(async (passing) => {
    const client = await resourceOf(passing);
    const index = left.findIndex((fault) => fault.call === passing.call && fault.client === client);
    const [met] = index < 0 ? [] : left.splice(index, 1);
    return met?.fault ?? null;
  }, run.kill);
  const { code, output } = await run.finished;
  const fell = await Promise.all(proxy.heal().map((faulty) => fallen(world, faulty)));
  const killed = fell.some(({ fault }) => isKill(fault));
  return { end: killed ? "killed" : code === 0 ? "succeeded" : "failed", output, fell };
}

async function fallen({ resourceOf }: World, faulty: FaultyCall): Promise<Fallen> {
  const client = await resourceOf(faulty);
  const answered = faulty.status === null ? "which the backend did not see" : `answered with ${faulty.status}`;
  const sentence = `${faulty.fault} at ${faulty.call}${client === null ? "" : ` of ${client}`}, ${answered}`;
  return { fault: faulty.fault, sentence };
}
