import { access, constants, lstat, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure, refusal } from "../environment-failure";
import type { Field } from "../file/delivery";
import { codeOf, removeLeftovers, replaceFile } from "../replace-file";
import type { Destination, Held, Values } from "./destination";
import { readVariables, removeVariables, setVariables } from "./dotenv-text";

/** Only the owner reads and writes it. */
const MODE = 0o600;

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
  readonly #path: string;
  readonly #variables: Readonly<Record<string, Field>>;

  constructor({ folder, file, variables }: DotenvOptions) {
    this.place = file;
    this.#path = path.resolve(folder, file);
    this.#variables = variables;
  }

  async check(values: Values | null): Promise<Held> {
    // With values, the program has already run.
    await this.#assertWritable(values === null ? refusal : failure);
    if (values === null) return "unknown";
    const held = readVariables((await this.#read()) ?? "");
    const wanted = Object.entries(this.#assignments(values));
    if (wanted.every(([name]) => !held.has(name))) return "missing";
    return wanted.every(([name, value]) => held.get(name) === value) ? "current" : "stale";
  }

  async deliver(values: Values): Promise<void> {
    await this.#assertWritable();
    await this.#write(setVariables((await this.#read()) ?? "", this.#assignments(values)));
  }

  async remove(): Promise<void> {
    await removeLeftovers(this.#path);
    const text = await this.#read();
    if (text === null) return;
    const left = removeVariables(text, Object.keys(this.#variables));
    if (left === text) return;
    await this.#assertWritable();
    if (left.trim() === "") await rm(this.#path, { force: true });
    else await this.#write(left);
  }

  async #assertWritable(fail = failure): Promise<void> {
    const stats = await lstat(this.#path).catch(ignoreMissing);
    if (stats && !stats.isFile()) {
      const what = stats.isSymbolicLink() ? "is a symbolic link, and a delivery would replace it" : "is not a file";
      throw fail(`${quoted(this.place)} ${what}; name another file`);
    }
    const folder = path.dirname(this.#path);
    await access(folder, constants.W_OK | constants.X_OK).catch((error: unknown) => {
      throw fail(
        `${quoted(this.place)} cannot be written: ${quoted(folder)} is not a writable folder (${codeOf(error)})`,
      );
    });
  }

  #assignments(values: Values): Record<string, string> {
    return Object.fromEntries(Object.entries(this.#variables).map(([name, field]) => [name, values[field] ?? ""]));
  }

  /** Null when there is no file. */
  async #read(): Promise<string | null> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (error) {
      if (codeOf(error) === "ENOENT") return null;
      throw new EnvironmentFailure(`${quoted(this.place)} cannot be read (${codeOf(error)})`);
    }
  }

  async #write(text: string): Promise<void> {
    await replaceFile(this.#path, text, MODE).catch((error: unknown) => {
      throw new EnvironmentFailure(`${quoted(this.place)} cannot be written (${codeOf(error)})`);
    });
  }
}

function failure(message: string): EnvironmentFailure {
  return new EnvironmentFailure(message);
}

function ignoreMissing(error: unknown): null {
  if (codeOf(error) === "ENOENT") return null;
  throw new EnvironmentFailure(`a dotenv file cannot be read (${codeOf(error)})`);
}
