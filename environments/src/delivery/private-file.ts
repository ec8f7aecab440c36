import type { Stats } from "node:fs";
import { access, constants, lstat, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { quoted } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { withFileLock } from "../file-lock";
import { codeOf, removeLeftovers, replaceFile } from "../replace-file";

/** Only the owner reads and writes it. */
const MODE = 0o600;

/** A file for credentials, relative to the folder of the program. */
export class PrivateFile {
  readonly place: string;
  readonly #path: string;

  constructor(folder: string, file: string) {
    this.place = file;
    this.#path = path.resolve(folder, file);
  }

  /** @throws the failure that `fail` makes when it is there and cannot be changed. */
  async assertRemovable(fail = failure): Promise<void> {
    if ((await this.#stats()) !== null) await this.assertWritable(fail);
  }

  /** @throws the failure that `fail` makes when it cannot be written. */
  async assertWritable(fail = failure): Promise<void> {
    const stats = await this.#stats();
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

  /** Null when there is no file. */
  async #stats(): Promise<Stats | null> {
    return lstat(this.#path).catch((error: unknown) => {
      if (isMissing(error)) return null;
      throw failure(`${quoted(this.place)} cannot be read (${codeOf(error)})`);
    });
  }

  /** Null when there is no file. */
  async read(): Promise<string | null> {
    try {
      return await readFile(this.#path, "utf8");
    } catch (error) {
      if (isMissing(error)) return null;
      throw failure(`${quoted(this.place)} cannot be read (${codeOf(error)})`);
    }
  }

  async write(text: string): Promise<void> {
    await this.assertWritable();
    await replaceFile(this.#path, text, MODE).catch((error: unknown) => {
      throw failure(`${quoted(this.place)} cannot be written (${codeOf(error)})`);
    });
  }

  /** Does work while no other run changes the file: of two that read and write it, the second would undo the first. */
  async alone(work: () => Promise<void>): Promise<void> {
    await withFileLock(this.#path, work);
  }

  /** Removes what a run that died has left beside it. */
  async removeLeftovers(): Promise<void> {
    await removeLeftovers(this.#path);
  }

  async remove(): Promise<void> {
    await this.assertWritable();
    await rm(this.#path, { force: true });
  }
}

/** Whether there is no such file, because it or a folder of its path is not there. */
function isMissing(error: unknown): boolean {
  return codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR";
}

function failure(message: string): EnvironmentFailure {
  return new EnvironmentFailure(message);
}
