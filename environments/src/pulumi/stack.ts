import { setTimeout as wait } from "node:timers/promises";
import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { commandFailure } from "./command-failure";
import { clearDeadLock, clearDeadLockOfNew, isLocked } from "./dead-lock";
import { type EngineEvent, withEventLog } from "./event-log";
import type { Progress } from "./progress";
import { PulumiError } from "./pulumi-cli";
import { type StackState, stackStateOf } from "./stack-state";
import { UnchangedState } from "./unchanged-state";
import type { Workspace } from "./workspace";

/** Reads the state of a stack, with its secrets; null when there is no such stack. @throws EnvironmentFailure. */
export async function findState({ cli, project }: Workspace, stack: string): Promise<StackState | null> {
  try {
    const { deployment } = JSON.parse(await cli.run("stack", "export", "--show-secrets", "--stack", stack));
    return stackStateOf(deployment, { pulumiProject: project.name, stack });
  } catch (error) {
    if (error instanceof PulumiError && /no stack named .* found/.test(error.stderr)) return null;
    if (error instanceof EnvironmentFailure) throw error;
    throw commandFailure(`the state of ${quoted(stack)} cannot be read`, error);
  }
}

/** How often a run tries to make a stack that another run is making. */
const ATTEMPTS = 5;

/**
 * Makes a stack, without selecting it. Of two runs at once, one makes it, and the lock of the update decides which goes on.
 *
 * @throws EnvironmentFailure when it cannot be made.
 */
export async function makeStack(workspace: Workspace, stack: string, progress: Progress): Promise<void> {
  let message: string | null = "";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    message = await lockAgainst(workspace, stack);
    if (message === null) return;
    // The lock is held for less than a second. Two runs can refuse each other, so that they wait for different times.
    await wait(500 + Math.random() * 1_000);
  }
  await clearDeadLockOfNew({ stack, message: message ?? "", progress, deadRuns: workspace.deadRuns });
  if ((await lockAgainst(workspace, stack)) === null) return;
  throw new EnvironmentFailure(`another run is making ${quoted(stack)}; wait until it has ended`);
}

/** Makes a stack; null when it is there, else what Pulumi says of the lock. */
async function lockAgainst({ cli }: Workspace, stack: string): Promise<string | null> {
  try {
    await cli.run("stack", "init", "--no-select", stack);
    return null;
  } catch (error) {
    const message = error instanceof PulumiError ? error.stderr : "";
    if (/stack .* already exists/.test(message)) return null;
    if (isLocked(message)) return message;
    throw commandFailure(`the stack ${quoted(stack)} cannot be made`, error);
  }
}

interface ProgramRun extends Pick<Change, "stack" | "progress"> {
  /** What was read of the state before: the answer when nothing but outputs of the stack can have changed. @default null */
  readonly known?: StackState | null;
}

/**
 * Runs the program, and finishes what a run that died was creating.
 *
 * @returns the state after it
 * @throws EnvironmentFailure with the first error of the run.
 */
export async function runProgram(
  workspace: Workspace,
  { stack, progress, known = null }: ProgramRun,
): Promise<StackState> {
  // It takes seconds before the engine has something to report.
  progress.line(`running the program of ${stack}`);
  const unchanged = new UnchangedState(known);
  await change(workspace, { what: "up", stack, progress, command: ["up"], take: unchanged.take });
  const state = (progress.changes.size === 0 ? unchanged.get() : null) ?? (await readState(workspace, stack));
  if (state.pendingCreates === 0) return state;
  // The program has found what was created, but Pulumi keeps the warning until a refresh.
  await forgetPendingCreates(workspace, stack, progress);
  return readState(workspace, stack);
}

/** Reads some resources into the state. @throws EnvironmentFailure with the first error of the run. */
export async function refreshResources(
  workspace: Workspace,
  { stack, progress }: Pick<Change, "stack" | "progress">,
  urns: readonly string[],
): Promise<void> {
  const targets = urns.flatMap((urn) => ["--target", urn]);
  await change(workspace, { what: "up", stack, progress, command: ["refresh", ...targets] });
}

/** Removes from the state what a run that died was creating. @throws EnvironmentFailure with the first error. */
export async function forgetPendingCreates(workspace: Workspace, stack: string, progress: Progress): Promise<void> {
  await change(workspace, { what: "up", stack, progress, command: ["refresh", "--clear-pending-creates"] });
}

/** Destroys all resources. @throws EnvironmentFailure with the first error of the run. */
export async function destroyStack(workspace: Workspace, stack: string, progress: Progress): Promise<void> {
  await change(workspace, { what: "down", stack, progress, command: ["destroy"] });
}

/** Removes the stack, and with it its configuration unless that is kept. @throws EnvironmentFailure when it has resources. */
export async function removeStack({ cli }: Workspace, stack: string, keepsConfiguration: boolean): Promise<void> {
  const options = keepsConfiguration ? ["--preserve-config"] : [];
  await cli.run("stack", "rm", "--yes", ...options, stack).catch((error: unknown) => {
    throw commandFailure(`the stack ${quoted(stack)} cannot be removed`, error);
  });
}

/** Prints `pulumi preview --json --show-sames`. @throws EnvironmentFailure when the preview fails. */
export async function previewJson({ cli }: Workspace, args: readonly string[]): Promise<string> {
  const what = "the preview failed";
  const { code, end, stdout, stderr } = await cli
    .attempt("preview", "--json", "--show-sames", ...args)
    .catch((error) => {
      throw commandFailure(what, error);
    });
  // A preview that fails prints JSON as well, which says why.
  if (code === 0 || stdout.trimStart().startsWith("{")) return stdout;
  throw commandFailure(what, new PulumiError(stderr, end));
}

async function readState(workspace: Workspace, stack: string): Promise<StackState> {
  const state = await findState(workspace, stack);
  if (state === null) throw new EnvironmentFailure(`the stack ${quoted(stack)} is gone: another run has removed it`);
  return state;
}

interface Change {
  /** The command of the user, for people. */
  readonly what: string;
  readonly stack: string;
  readonly progress: Progress;
  /** The command of Pulumi. */
  readonly command: readonly string[];
  /** Takes the events of the engine, too. */
  readonly take?: (event: EngineEvent) => void;
}

/** Runs an update; one that finds the lock of a run that is dead clears it, once. */
async function change(workspace: Workspace, { what, stack, progress, command, take }: Change): Promise<void> {
  const takeBoth = (event: EngineEvent) => {
    progress.take(event);
    take?.(event);
  };
  const args = [...command, "--yes", "--skip-preview", "--suppress-outputs", "--stack", stack, "--event-log"];
  const run = () => withEventLog((file) => workspace.cli.change(...args, file), takeBoth);
  try {
    await run().catch(async (error: unknown) => {
      if (!(error instanceof PulumiError && isLocked(error.stderr))) throw error;
      await clearDeadLock(workspace, { stack, message: error.stderr, progress, deadRuns: workspace.deadRuns });
      await run();
    });
  } catch (error) {
    const [first] = progress.errors;
    if (error instanceof EnvironmentFailure) throw error;
    if (error instanceof PulumiError && first !== undefined) {
      throw new EnvironmentFailure(`\`${what} ${stack}\` failed: ${first}`);
    }
    throw commandFailure(`\`${what} ${stack}\` failed`, error);
  }
}
