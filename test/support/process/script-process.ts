import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../../..");
const RUN = ["-r", "ts-node/register/transpile-only"];

/** A script of the repo, run as a process of its own. */
export interface ScriptProcess {
  readonly child: ChildProcess;
  /** What it has printed so far, both streams in one text. */
  output(): string;
  /** Settles when the output holds the text; fails when the script ends without it. */
  printed(text: string): Promise<void>;
  /** Its exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

export function startScript(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): ScriptProcess {
  const child = spawn(process.execPath, [...RUN, path.join(ROOT, script), ...args], {
    cwd: ROOT,
    env: { ...process.env, TS_NODE_PROJECT: path.join(ROOT, "test/tsconfig.json"), ...environment },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const chunks: string[] = [];
  const output = () => chunks.join("");
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => chunks.push(chunk));
  }
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code ?? -1));
  });
  return { child, output, ended, printed: (text) => untilPrinted(child, output, text) };
}

function untilPrinted(child: ChildProcess, output: () => string, text: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => output().includes(text) && resolve();
    child.stdout?.on("data", look);
    child.stderr?.on("data", look);
    child.once("close", () => reject(new Error(`the script ended without printing ${text}:\n${output()}`)));
    look();
  });
}
