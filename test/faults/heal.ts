import { COMMAND_LINES, type FaultyRun } from "./faulty-run";
import type { Finding } from "./findings";
import type { Step } from "./history";
import type { World } from "./world";

/** How a run that went wrong was brought to its end. */
export interface Healing {
  /** The commands, as in `cancel`. */
  readonly commands: readonly string[];
  readonly findings: readonly Finding[];
}

/** Takes the steps that the docs name, and but for a destroy runs once more, which must find nothing to do. */
export async function heal({ stack }: World, { command }: Step, { end }: FaultyRun): Promise<Healing> {
  const steps = stepsAfter(command, end);
  const findings: Finding[] = [];
  for (const step of [...steps, ...(command === "destroy" ? [] : [UNCHANGED])]) {
    const { code, output } = await stack.run(...step);
    if (code !== 0) findings.push({ kind: "runs not healed", detail: `pulumi ${step.join(" ")}:\n${output}` });
  }
  return { commands: steps.map(([name = ""]) => name), findings };
}

const UNCHANGED = [...COMMAND_LINES.up, "--expect-no-changes"];
const CLEAR = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview"];

function stepsAfter(command: Step["command"], end: FaultyRun["end"]): readonly (readonly string[])[] {
  if (end === "succeeded") return [];
  if (end === "failed") return [COMMAND_LINES[command]];
  if (command === "destroy") return [["cancel", "--yes"], COMMAND_LINES.destroy];
  return [["cancel", "--yes"], COMMAND_LINES.up, CLEAR];
}
