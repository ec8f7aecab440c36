import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface RunOptions {
  readonly cwd?: string;
  /** Added to the environment of this process. */
  readonly env?: Readonly<Record<string, string>>;
  /** Milliseconds after which the command is killed. */
  readonly timeout?: number;
  readonly onStderr?: (line: string) => void;
  /** Starts the command in its own process group, and receives the ID of the group. */
  readonly onGroup?: (id: number) => void;
}

export interface Finished {
  /** The exit code; null when a signal ended the command or it could not start. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (command: string, args: readonly string[], options?: RunOptions) => Promise<Finished>;

/** Runs a command to its end. A missing or failed command is a result, not an exception. */
export const runCommand: RunCommand = (command, args, options = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      timeout: options.timeout,
      detached: options.onGroup !== undefined,
    });
    if (child.pid !== undefined) options.onGroup?.(child.pid);
    const stdout: string[] = [];
    const stderr: string[] = [];
    createInterface(child.stdout).on("line", (line) => stdout.push(line));
    createInterface(child.stderr).on("line", (line) => {
      stderr.push(line);
      options.onStderr?.(line);
    });
    const finish = (code: number | null): void =>
      resolve({ code, stdout: stdout.join("\n"), stderr: stderr.join("\n") });
    child.on("error", (error) => {
      stderr.push(error.message);
      finish(null);
    });
    child.on("close", finish);
  });
