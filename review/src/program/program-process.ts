import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import type { Readable } from "node:stream";
import { networkNamespace } from "./network-namespace";
import { ReportReader, type Reports } from "./report-reader";

export interface ProgramCommand {
  /** Arguments of Node.js, including the script. */
  readonly args: readonly string[];
  readonly folder: string;
  /** The environment besides PATH. */
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
}

export interface ProgramEnd extends Reports {
  /** Null when it was killed. */
  readonly exitCode: number | null;
  readonly timedOut: boolean;
  /** The end of its stderr. */
  readonly stderr: string;
}

/**
 * Runs a program in a separate process without this process's environment, discards its output, and kills whatever it
 * leaves running.
 */
export async function runProgram(command: ProgramCommand): Promise<ProgramEnd> {
  const child = spawn(process.execPath, [`--require=${childModule("preload")}`, ...command.args], {
    cwd: command.folder,
    env: environmentOf(command),
    stdio: ["ignore", "ignore", "pipe", "pipe"],
    // A process group of its own, so that its children can be killed with it.
    detached: process.platform !== "win32",
  });
  const stderr = collectTail(child.stderr, STDERR_MAX);
  // The types do not cover the fourth pipe of `stdio`.
  const channel = child.stdio[3] as Readable;
  const reader = new ReportReader(channel);
  const channelEnd = once(channel, "close");
  const { exitCode, timedOut } = await waitForEnd(child, command.timeoutSeconds);
  await Promise.race([Promise.all([stderr.ended, channelEnd]), delay(DRAIN_MILLISECONDS)]);
  return { exitCode, timedOut, ...reader.result, stderr: stderr.text() };
}

function childModule(name: string): string {
  return path.join(__dirname, "child", `${name}.js`);
}

/**
 * Programs need PATH to start commands; Windows opens no sockets without SystemRoot. With NODE_COMPILE_CACHE the packages of a
 * program load faster; the preload takes it away before the program runs.
 */
const PASSED_ON = ["PATH", "SystemRoot", "NODE_COMPILE_CACHE"];

function environmentOf({ environment }: ProgramCommand): NodeJS.ProcessEnv {
  const passed = PASSED_ON.flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  });
  // Node.js processes that the program starts have no network either.
  const options = `--require=${JSON.stringify(childModule("no-network"))}`;
  const isolation = { ACCESS_REVIEW_NAMESPACE: JSON.stringify(networkNamespace()) };
  // Node.js passes NODE_V8_COVERAGE to each child unless the variable is set.
  return {
    ...Object.fromEntries(passed),
    NODE_V8_COVERAGE: undefined,
    NODE_OPTIONS: options,
    ...isolation,
    ...environment,
  };
}

async function waitForEnd(
  child: ChildProcess,
  timeoutSeconds: number,
): Promise<{ exitCode: number | null; timedOut: boolean }> {
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    killGroup(child);
  }, timeoutSeconds * 1_000);
  const interrupted = (signal: NodeJS.Signals) => {
    killGroup(child);
    process.kill(process.pid, signal);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  try {
    const [exitCode] = await once(child, "exit");
    return { exitCode, timedOut };
  } finally {
    clearTimeout(timer);
    for (const signal of SIGNALS) process.off(signal, interrupted);
    killGroup(child);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const STDERR_MAX = 16_384;
/** How long to wait for a pipe that a process outside the group still holds. */
const DRAIN_MILLISECONDS = 2_000;

/** Kills the program and what it started. */
function killGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  try {
    process.kill(process.platform === "win32" ? pid : -pid, "SIGKILL");
  } catch (error) {
    // The group has already ended.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

/** Reads a stream to its end and keeps the last `max` characters. */
function collectTail(stream: Readable | null, max: number): { readonly ended: Promise<unknown>; text(): string } {
  let text = "";
  stream?.setEncoding("utf8").on("data", (chunk: string) => {
    text = (text + chunk).slice(-max);
  });
  return { ended: stream === null ? Promise.resolve() : once(stream, "close"), text: () => text };
}

function delay(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, milliseconds).unref();
  });
}
