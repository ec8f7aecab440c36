import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { processTable } from "../../../scripts/processes";
import { plainEnvironment } from "../process/plain-environment";
import { until } from "../process/until";

/** A command that a supervisor runs, with all that it has started. */
export class Supervised {
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #output = "";

  constructor(command: readonly string[], cwd: string, env: Readonly<Record<string, string>>) {
    const [program = "", ...args] = command;
    // In a session of its own, as a service is: what ends it is only the signal.
    this.#child = spawn(program, args, { cwd, env: plainEnvironment(env), detached: true });
    this.#ended = once(this.#child, "exit");
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#output += text;
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Resolves when its output, or that of what it has started, has a text. */
  async printed(text: RegExp): Promise<void> {
    await until(() => text.test(this.#output), 60_000).catch(() => {
      throw new Error(`it did not print ${text}:\n${this.#output}`);
    });
  }

  /** The pids of the command and of all that it has started. */
  async processes(): Promise<number[]> {
    const rows = await processTable();
    const pids = [this.pid];
    for (const parent of pids) for (const { pid, ppid } of rows) if (ppid === parent) pids.push(pid);
    return pids;
  }

  /** Its exit code; null when the signal ended it. */
  async ended(): Promise<number | null> {
    await this.#ended;
    return this.#child.exitCode;
  }
}

/** Those of the processes that still run. */
export async function stillRunning(pids: readonly number[]): Promise<number[]> {
  const running = new Set((await processTable()).map(({ pid }) => pid));
  return pids.filter((pid) => running.has(pid));
}

export async function isPortFree(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.once("error", () => resolve(true));
    socket.once("connect", () => {
      socket.destroy();
      resolve(false);
    });
  });
}
