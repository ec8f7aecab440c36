import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailure } from "./command-failure";

/** Files by name; the last one is what makes the folder a whole. */
export type Files = readonly (readonly [name: string, text: string])[];

/** @throws CommandFailure when the folder is a file, or holds something. */
export async function assertFree(folder: string): Promise<void> {
  const content = await contentOf(folder);
  if (content !== null && content.length > 0) {
    throw new CommandFailure(`${folder} is not empty: give a folder that is new or empty with --out.`);
  }
}

/**
 * Writes all files or none: into a folder beside, which then takes the place of a new target. What moves into an empty
 * target that is there, a mount or the current folder for one, moves in the order of the files.
 */
export async function writeFolder(folder: string, files: Files): Promise<void> {
  const target = path.resolve(folder);
  const beside = `${target}.${randomBytes(4).toString("hex")}.partial`;
  try {
    await mkdir(beside, { recursive: true });
    for (const [name, text] of files) await writeFile(path.join(beside, name), text);
    if ((await contentOf(folder)) === null) return await rename(beside, target);
    await assertFree(folder);
    for (const [name] of files) await rename(path.join(beside, name), path.join(target, name));
    await rmdir(beside);
  } catch (error) {
    await rm(beside, { recursive: true, force: true });
    throw error instanceof CommandFailure ? error : failureOf(folder, error);
  }
}

/** The names in a folder; null when there is none. */
async function contentOf(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    if (codeOf(error) === "ENOTDIR") {
      throw new CommandFailure(
        `${folder} is a file, or lies below one: give a folder that is new or empty with --out.`,
      );
    }
    throw failureOf(folder, error);
  }
}

function failureOf(folder: string, error: unknown): unknown {
  const code = codeOf(error);
  return code === null
    ? error
    : new CommandFailure(`${folder} cannot be written (${code}): give another folder with --out.`);
}

/** The system's code of an error; null for an error that is none of the system's. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
