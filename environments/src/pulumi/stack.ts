import { execFile } from "node:child_process";
import type { Stack } from "@pulumi/pulumi/automation";
import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { commandFailure } from "./command-failure";
import { clearDeadLock } from "./dead-lock";
import type { Progress } from "./progress";
import { type StackState, stackStateOf } from "./stack-state";
import type { Workspace } from "./workspace";

/** A stack, and whether it was made for this run. */
export interface OpenedStack {
  readonly stack: Stack;
  readonly isNew: boolean;
}

/** Selects a stack; null when there is none. @throws EnvironmentFailure when the state cannot be read. */
export async function findStack({ automation }: Workspace, name: string): Promise<Stack | null> {
  const { Stack, StackNotFoundError } = await automationModule();
  try {
    return await Stack.select(name, automation);
  } catch (error) {
    if (error instanceof StackNotFoundError) return null;
    throw commandFailure(`the stack ${quoted(name)} cannot be read`, error);
  }
}

/** Selects a stack, or makes it. @throws EnvironmentFailure when it cannot be made. */
export async function openStack(workspace: Workspace, name: string): Promise<OpenedStack> {
  const found = await findStack(workspace, name);
  if (found !== null) return { stack: found, isNew: false };
  const { Stack } = await automationModule();
  try {
    return { stack: await Stack.create(name, workspace.automation), isNew: true };
  } catch (error) {
    throw commandFailure(`the stack ${quoted(name)} cannot be made`, error);
  }
}

/** Reads the state of a stack, with its secrets. @throws EnvironmentFailure when it cannot be decrypted. */
export async function readState({ project }: Workspace, stack: Stack): Promise<StackState> {
  try {
    const { deployment } = await stack.exportStack();
    return stackStateOf(deployment, { pulumiProject: project.name, stack: stack.name });
  } catch (error) {
    if (error instanceof EnvironmentFailure) throw error;
    throw commandFailure(`the state of ${quoted(stack.name)} cannot be read`, error);
  }
}

/**
 * Runs the program, and finishes what a run that died was creating.
 *
 * @returns the state after it
 * @throws EnvironmentFailure with the first error of the run.
 */
export async function runProgram(workspace: Workspace, stack: Stack, progress: Progress): Promise<StackState> {
  await change(stack, { what: "up", progress, run: (options) => stack.up(options) });
  const state = await readState(workspace, stack);
  if (state.pendingCreates === 0) return state;
  // The program has found what was created, but Pulumi keeps the warning until a refresh.
  await change(stack, {
    what: "up",
    progress,
    run: (options) => stack.refresh({ ...options, clearPendingCreates: true }),
  });
  return readState(workspace, stack);
}

/** Destroys all resources. @throws EnvironmentFailure with the first error of the run. */
export async function destroyStack(stack: Stack, progress: Progress): Promise<void> {
  await change(stack, { what: "down", progress, run: (options) => stack.destroy(options) });
}

/** Removes the stack, and with it its configuration unless that is kept. @throws EnvironmentFailure when it has resources. */
export async function removeStack({ automation }: Workspace, name: string, keepsConfiguration: boolean): Promise<void> {
  try {
    await automation.removeStack(name, { preserveConfig: keepsConfiguration });
  } catch (error) {
    throw commandFailure(`the stack ${quoted(name)} cannot be removed`, error);
  }
}

/** Prints `pulumi preview --json --show-sames`. @throws EnvironmentFailure when the preview fails. */
export async function previewJson({ automation, project, state }: Workspace, args: readonly string[]): Promise<string> {
  const env = { ...process.env, ...state.variables, PULUMI_SKIP_UPDATE_CHECK: "true" };
  const { command } = automation.pulumiCommand;
  const all = ["preview", "--json", "--show-sames", "--non-interactive", ...args];
  return new Promise((resolve, reject) => {
    execFile(command, all, { cwd: project.folder, env, maxBuffer: OUTPUT_MAX }, (error, stdout, stderr) => {
      // A preview that fails prints JSON as well, which says why.
      if (error === null || stdout.trimStart().startsWith("{")) resolve(stdout);
      else reject(commandFailure("the preview failed", new Error(stderr)));
    });
  });
}

/** The longest preview, in bytes. */
const OUTPUT_MAX = 512 * 1024 * 1024;

interface ChangeOptions {
  readonly color: "never";
  readonly showSecrets: false;
  readonly suppressOutputs: true;
  readonly onEvent: Progress["take"];
  readonly signal: AbortSignal;
}

interface Change {
  /** The command, for people. */
  readonly what: string;
  readonly progress: Progress;
  /** Its result is not used: the summary of a run holds the configuration. */
  readonly run: (options: ChangeOptions) => Promise<unknown>;
}

/** Runs an update; one that finds the lock of a run that is dead clears it, once. */
async function change(stack: Stack, { what, progress, run }: Change): Promise<void> {
  const { ConcurrentUpdateError } = await automationModule();
  const stopping = stopOnSignals();
  const options: ChangeOptions = {
    color: "never",
    // Otherwise the Automation API would read the secrets of the configuration into its summary.
    showSecrets: false,
    suppressOutputs: true,
    onEvent: progress.take,
    signal: stopping.signal,
  };
  try {
    await run(options).catch(async (error: unknown) => {
      if (!(error instanceof ConcurrentUpdateError)) throw error;
      await clearDeadLock(stack, error, progress);
      await run(options);
    });
  } catch (error) {
    const [first] = progress.errors;
    if (error instanceof EnvironmentFailure || first === undefined) {
      throw error instanceof EnvironmentFailure ? error : commandFailure(`\`${what} ${stack.name}\` failed`, error);
    }
    throw new EnvironmentFailure(`\`${what} ${stack.name}\` failed: ${first}`);
  } finally {
    stopping.end();
  }
}

/** Lets Pulumi end in order: it gets SIGINT from a terminal itself, and from here for SIGTERM. */
function stopOnSignals(): { readonly signal: AbortSignal; end(): void } {
  const controller = new AbortController();
  const wait = () => undefined;
  const stop = () => controller.abort();
  process.on("SIGINT", wait);
  process.on("SIGTERM", stop);
  return {
    signal: controller.signal,
    end() {
      process.off("SIGINT", wait);
      process.off("SIGTERM", stop);
    },
  };
}

/** The Automation API takes long to load. */
function automationModule(): Promise<typeof import("@pulumi/pulumi/automation/index.js")> {
  return import("@pulumi/pulumi/automation/index.js");
}
