import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdtempSync, openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const COMMANDS_MS = 300_000;

export interface TerminalOptions {
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** The folder for its logs. */
  readonly under: string;
}

export interface Typed {
  /** What a person types while the commands run. */
  readonly input: string;
  /** Whether the last command must fail; otherwise each must succeed. */
  readonly fails: boolean;
}

/** A shell that stays: what a command exports, defines or changes is there for the next ones. */
export class Terminal {
  readonly #shell: ChildProcess;
  readonly #logs: string;
  readonly #ended: Promise<unknown>;
  readonly #answers: AsyncIterator<string>;
  #count = 0;

  constructor({ cwd, environment, under }: TerminalOptions) {
    this.#logs = mkdtempSync(path.join(under, "terminal-"));
    this.#shell = spawn("bash", ["--noprofile", "--norc"], {
      ...{ cwd, env: { ...environment }, detached: true },
      stdio: ["pipe", "pipe", "ignore"],
    });
    this.#ended = once(this.#shell, "exit");
    const { stdout } = this.#shell;
    if (stdout === null) throw new Error("the shell has no output");
    this.#answers = createInterface(stdout)[Symbol.asyncIterator]();
  }

  /**
   * Types commands and waits for their end.
   *
   * @returns what they printed, both streams
   * @throws Error with what they printed, when one fails, or when the last one must fail and does not
   */
  async run(commands: string, { input, fails }: Typed): Promise<string> {
    this.#count += 1;
    const [script, typed, log] = ["sh", "input", "log"].map((end) => path.join(this.#logs, `${this.#count}.${end}`));
    if (script === undefined || typed === undefined || log === undefined) throw new Error("there is no file");
    writeFileSync(script, commands);
    writeFileSync(typed, input);
    this.#shell.stdin?.write(
      `set ${fails ? "+" : "-"}e; source '${script}' <'${typed}' >'${log}' 2>&1; printf 'ended %s\\n' $?\n`,
    );
    const patience = setTimeout(() => this.#kill("SIGKILL"), COMMANDS_MS);
    // Without an answer the shell has ended, because a command failed.
    const { done, value } = await this.#answers.next();
    clearTimeout(patience);
    const printed = readFileSync(log, "utf8");
    const hasFailed = done === true || value !== "ended 0";
    if (hasFailed !== fails)
      throw new Error(`${hasFailed ? "this failed" : "this did not fail"}:\n${commands}\n${printed}`);
    return printed;
  }

  async close(): Promise<void> {
    this.#kill("SIGTERM");
    await this.#ended;
  }

  #kill(signal: NodeJS.Signals): void {
    if (this.#shell.pid !== undefined && this.#shell.exitCode === null) killGroup(this.#shell.pid, signal);
  }
}

/** Commands of which the last one runs until it is stopped, in a terminal of its own. */
export class Background {
  readonly #shell: ChildProcess;
  readonly #log: string;
  readonly #ended: Promise<unknown>;

  constructor(commands: string, { cwd, environment, under }: TerminalOptions) {
    this.#log = path.join(mkdtempSync(path.join(under, "terminal-")), "log");
    const log = openSync(this.#log, "w");
    this.#shell = spawn("bash", ["--noprofile", "--norc", "-ec", commands], {
      ...{ cwd, env: { ...environment }, detached: true, stdio: ["ignore", log, log] },
    });
    closeSync(log);
    this.#ended = once(this.#shell, "exit");
  }

  /** What it has printed so far. */
  printed(): string {
    return readFileSync(this.#log, "utf8");
  }

  hasEnded(): boolean {
    return this.#shell.exitCode !== null || this.#shell.signalCode !== null;
  }

  /** Interrupts it as Ctrl-C does: the signal goes to every process of its group. */
  async stop(): Promise<void> {
    if (this.#shell.pid !== undefined && !this.hasEnded()) killGroup(this.#shell.pid, "SIGINT");
    await this.#ended;
    if (this.#shell.pid !== undefined) await groupEnded(this.#shell.pid);
  }
}

function killGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return false;
    throw error;
  }
}

async function groupEnded(group: number): Promise<void> {
  for (const end = Date.now() + 30_000; killGroup(group, 0); await new Promise((resolve) => setTimeout(resolve, 20))) {
    if (Date.now() > end) killGroup(group, "SIGKILL");
  }
}
