import { refusal } from "../environment-failure";
import type { Field } from "../file/destinations";
import type { Destination, Held, Removal, Values } from "./destination";
import { readVariables, removeVariables, setVariables } from "./dotenv-text";
import { PrivateFile } from "./private-file";

interface DotenvOptions {
  /** The folder of the program; the file is relative to it. */
  readonly folder: string;
  readonly file: string;
  /** Which field each variable gets. */
  readonly variables: Readonly<Record<string, Field>>;
}

/** A dotenv file, in which only the variables of the delivery change. */
export class DotenvFile implements Destination {
  readonly kind = "dotenv";
  readonly place: string;
  readonly #file: PrivateFile;
  readonly #variables: Readonly<Record<string, Field>>;

  constructor({ folder, file, variables }: DotenvOptions) {
    this.place = file;
    this.#file = new PrivateFile(folder, file);
    this.#variables = variables;
  }

  async check(values: Values | null, isRemoval = false): Promise<Held> {
    if (isRemoval) await this.#file.assertRemovable(refusal);
    // With values, the program has already run.
    else await this.#file.assertWritable(values === null ? refusal : undefined);
    if (values === null) return "unknown";
    const held = readVariables((await this.#file.read()) ?? "");
    const wanted = Object.entries(this.#assignments(values));
    if (wanted.every(([name]) => !held.has(name))) return "missing";
    return wanted.every(([name, value]) => held.get(name) === value) ? "current" : "stale";
  }

  async deliver(values: Values): Promise<void> {
    await this.#file.assertWritable();
    await this.#file.alone(async () =>
      this.#file.write(setVariables((await this.#file.read()) ?? "", this.#assignments(values))),
    );
  }

  async remove(): Promise<Removal> {
    await this.#file.removeLeftovers();
    // A look without the lock: the folder may be gone, or not writable.
    if (this.#without((await this.#file.read()) ?? "") === null) return "removed";
    await this.#file.assertWritable();
    await this.#file.alone(async () => {
      const left = this.#without((await this.#file.read()) ?? "");
      if (left === null) return;
      if (left.trim() === "") await this.#file.remove();
      else await this.#file.write(left);
    });
    return "removed";
  }

  /** The text without the variables; null when it has none of them. */
  #without(text: string): string | null {
    const left = removeVariables(text, Object.keys(this.#variables));
    return left === text ? null : left;
  }

  #assignments(values: Values): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#variables).map(([name, field]) => [name, values[field] ?? ""]));
  }
}
