import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { plainEnvironment } from "../process/plain-environment";
import { BASELINE_COMPILER } from "../run/wasm-compiler";

const DIST = join(__dirname, "../../../backend/dist");
const MAIN = [join(DIST, "main.js")];

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a command runs, with which variables besides those of `plainEnvironment`; nothing else of the test's environment is passed on. */
export interface CommandPlace {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** A command that runs the program, as `nsenter` does. */
  readonly wrap?: readonly string[];
  /** How long running requests may take at a stop. @default the product's own */
  readonly graceMs?: number;
  /** How much processor time a turn may use before the watchdog acts, also while the database opens. @default the product's own */
  readonly watchdogS?: number;
}

/** Runs a command of the built backend to its end. */
export async function runCommand(args: readonly string[], place: CommandPlace = {}): Promise<CommandResult> {
  const child = spawnCommand(args, place);
  const output = collectOutput(child);
  const [code] = await once(child, "close");
  return { code, ...output };
}

/** Runs a command whose standard output is closed early, as `| head` does. */
export async function runUnread(args: readonly string[], place: CommandPlace = {}): Promise<CommandResult> {
  const child = spawnCommand(args, place);
  const output = collectOutput(child);
  child.stdout?.destroy();
  const [code] = await once(child, "close");
  return { code, ...output };
}

/** A backend that runs as a process of its own. */
export interface BackendProcess {
  readonly endpoint: string;
  readonly pid: number;
  /** What it has written to standard output so far. */
  log(): string;
  /** What it has written to standard error so far. */
  errors(): string;
  /** Reads its standard output no more, as a log shipper that has ended. */
  leaveUnread(): void;
  /** Resolves with the exit code when it ends by itself; null when a signal ended it. */
  ended(): Promise<number | null>;
  /** Sends a signal and answers the exit code; null when the signal ended it. */
  stop(signal: NodeJS.Signals): Promise<number | null>;
}

const running = new Set<ChildProcess>();

/** Starts the built backend on a free port and waits until it listens. It ends with the tests, also when they are killed. */
export async function startBackendProcess(args: readonly string[], place: CommandPlace = {}): Promise<BackendProcess> {
  // What wraps it may be process 1, whose end nothing outlives.
  const bond = place.wrap === undefined ? ["--exit-with-parent"] : [];
  const child = spawnCommand(["start", "--port", "0", "--log-format", "json", ...bond, ...args], place);
  running.add(child);
  const output = collectOutput(child);
  const closed = once(child, "close").finally(() => running.delete(child));
  const endpoint = await new Promise<string>((resolve, reject) => {
    child.stdout?.on("data", () => {
      // A gateway that is started besides says where it listens before.
      const [, inJson, inText] = /"endpoint":"([^"]+)".*"listening"|listens on (\S+)/.exec(output.stdout) ?? [];
      const found = inJson ?? inText;
      if (found !== undefined) resolve(found);
    });
    child.on("close", (code) => reject(new Error(`the backend ended with ${code}: ${output.stderr}`)));
  });
  const ended = async (): Promise<number | null> => {
    const [code] = await closed;
    return code;
  };
  return {
    endpoint,
    pid: child.pid ?? 0,
    log: () => output.stdout,
    errors: () => output.stderr,
    leaveUnread: () => void child.stdout?.destroy(),
    ended,
    stop: (signal) => {
      child.kill(signal);
      return ended();
    },
  };
}

/** Ends what a failed test has left running. */
export function killBackendProcesses(): void {
  for (const child of running) child.kill("SIGKILL");
}

function spawnCommand(args: readonly string[], place: CommandPlace): ChildProcess {
  const { cwd, env, wrap = [] } = place;
  const [program = "", ...rest] = [...wrap, process.execPath, BASELINE_COMPILER, ...mainOf(place), ...args];
  return spawn(program, rest, { cwd, env: plainEnvironment(env) });
}

/** The program itself, or what it does with the times of a place. */
function mainOf({ graceMs, watchdogS }: CommandPlace): string[] {
  if (graceMs === undefined && watchdogS === undefined) return MAIN;
  const watchdog = watchdogS === undefined ? undefined : { openingS: watchdogS, runningS: watchdogS };
  const [program, first] = ["cli/program.js", "process/first-process.js"].map((file) =>
    JSON.stringify(join(DIST, file)),
  );
  const run = `require(${program}).runCommandLine(["", "", ...process.argv.slice(1)], ${JSON.stringify({ graceMs, watchdog })})`;
  const script = `(process.pid === 1 ? require(${first}).runAsChild() : ${run}).then((code) => { process.exitCode = code; })`;
  return ["--eval", script, "--"];
}

function collectOutput(child: ChildProcess): { stdout: string; stderr: string } {
  const output = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output.stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text: string) => {
    output.stderr += text;
  });
  return output;
}
