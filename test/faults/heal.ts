import { stands } from "./by-hand";
import { COMMAND_LINES, type FaultyRun } from "./faulty-run";
import type { Finding } from "./findings";
import type { Step } from "./history";
import type { World } from "./world";

/** How a run with faults was healed. */
export interface Healing {
  /** The commands, as in `cancel`. */
  readonly commands: readonly string[];
  readonly findings: readonly Finding[];
}

/** Takes the steps of the docs and, except for a destroy, runs once more, which must find nothing to do. */
export async function heal(world: World, step: Step, run: FaultyRun): Promise<Healing> {
  const before = await meetStranger(world, step, run);
  const steps = run.stranger === null ? stepsAfter(step, run) : [CLEAR, COMMAND_LINES[step.command]];
  const findings = [...before.findings];
  for (const args of [...steps, ...(step.command === "destroy" ? [] : [UNCHANGED])]) {
    const { code, output } = await world.stack.run(...args);
    if (code !== 0) findings.push({ kind: "runs not healed", detail: `pulumi ${args.join(" ")}:\n${output}` });
  }
  return { commands: [...before.commands, ...steps.map(nameOf)], findings };
}

/** Until a refresh, a stranger's change stays; a run that would change the same fails and reports it. */
async function meetStranger(world: World, { command, stranger }: Step, run: FaultyRun): Promise<Healing> {
  if (stranger === null || run.stranger === null) return { commands: [], findings: [] };
  const isKilled = run.end === "killed";
  const told = isKilled ? await runAgain(world, command) : { isFailed: run.end === "failed", output: run.output };
  const findings: Finding[] = [];
  const isTold = told.isFailed && told.output.includes(`changed by "ana of ${world.project}"`);
  if (run.stranger === "early" && !isTold) {
    findings.push({ kind: "lost changes", detail: `a run over ana's change did not report it:\n${told.output}` });
  }
  if (!(await stands(world, stranger))) {
    findings.push({ kind: "lost changes", detail: `ana's change of ${stranger.client} was overwritten unseen` });
  }
  return { commands: isKilled ? ["cancel", command] : [], findings };
}

async function runAgain({ stack }: World, command: Step["command"]) {
  await stack.succeed("cancel", "--yes");
  const { code, output } = await stack.run(...COMMAND_LINES[command]);
  return { isFailed: code !== 0, output };
}

function nameOf(args: readonly string[]): string {
  return args.filter((arg) => arg === args[0] || arg === "--refresh").join(" ");
}

const UNCHANGED = [...COMMAND_LINES.up, "--expect-no-changes"];
const CLEAR = ["refresh", "--clear-pending-creates", "--yes", "--skip-preview"];

function stepsAfter({ command, amended }: Step, { end }: FaultyRun): readonly (readonly string[])[] {
  if (end === "succeeded") return amended === null ? [] : [COMMAND_LINES.up];
  // What the killed run wrote is not what the changed program declares: it would look like a stranger's change.
  const again = amended === null ? COMMAND_LINES[command] : [...COMMAND_LINES.up, "--refresh"];
  if (end === "failed") return [again];
  if (command === "destroy") return [["cancel", "--yes"], again];
  return [["cancel", "--yes"], amended === null ? COMMAND_LINES.up : again, CLEAR];
}
