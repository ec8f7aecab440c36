import { spawn } from "node:child_process";
import { word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import type { Field } from "../file/destinations";
import type { Destination, Held, Removal, Values } from "./destination";
import { startCommand } from "./start-command";

interface CommandInputOptions {
  /** The folder of the program, in which the command runs. */
  readonly folder: string;
  readonly command: readonly string[];
  /** The one field that it reads; without it, it reads all of them as JSON. */
  readonly field?: Field | undefined;
  readonly remove?: readonly string[] | undefined;
}

/** A command that reads the credential from its standard input. */
export class CommandInput implements Destination {
  readonly kind = "stdin";
  readonly place: string;
  readonly #options: CommandInputOptions;

  constructor(options: CommandInputOptions) {
    this.#options = options;
    this.place = options.command.map((part) => word(part)).join(" ");
  }

  /** What a command did with its input cannot be read. */
  async check(): Promise<Held> {
    return "unknown";
  }

  async deliver(values: Values): Promise<void> {
    const { command, field } = this.#options;
    await this.#run(command, field === undefined ? JSON.stringify(values) : (values[field] ?? ""));
  }

  async remove(): Promise<Removal> {
    const { remove } = this.#options;
    if (remove !== undefined) await this.#run(remove, "");
    return "removed";
  }

  /** What the command prints is dropped: it may repeat what it has read, in any encoding. */
  async #run([program = "", ...args]: readonly string[], input: string): Promise<void> {
    const child = startCommand(
      () => spawn(program, args, { cwd: this.#options.folder, stdio: ["pipe", "ignore", "ignore"] }),
      (code) => failureOf(program, `cannot be started (${code})`),
    );
    const ended = new Promise<string | null>((resolve) => {
      child.once("error", (error: NodeJS.ErrnoException) => resolve(`cannot be started (${error.code ?? "unknown"})`));
      child.once("close", (code, signal) => resolve(code === 0 ? null : `ended with ${signal ?? code}`));
    });
    // A command that reads less than it gets has decided so; its exit code says whether it succeeded.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    const failure = await ended;
    if (failure !== null) throw failureOf(program, failure);
  }
}

function failureOf(program: string, failure: string): EnvironmentFailure {
  return new EnvironmentFailure(
    `the command ${word(program)} of a delivery ${failure}; its output is not shown, because it may hold the credential`,
  );
}
