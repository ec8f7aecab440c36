import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, rmdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { CommandFailure } from "./command-failure";

/** Files by name. The last one completes the folder. */
export type Files = readonly (readonly [name: string, text: string])[];

/** @throws CommandFailure when the folder is a file, or contains anything except `own`. */
export async function assertFree(folder: string, own?: string): Promise<void> {
  const content = await listContent(folder);
  if (content?.some((name) => name !== own)) {
    throw new CommandFailure(`${folder} is not empty: give a new or empty folder with --out.`);
  }
}

/**
 * Writes all files or none: first to a temporary folder, which then becomes the target. For an existing empty target, such
 * as a mount or the current folder, the temporary folder is inside it, because a rename cannot cross mounts; its files then
 * move out in order.
 */
export async function writeFolder(folder: string, files: Files): Promise<void> {
  const target = path.resolve(folder);
  const isThere = (await listContent(folder)) !== null;
  await assertFree(folder);
  const name = `${randomBytes(4).toString("hex")}.partial`;
  const partial = isThere ? path.join(target, `.${name}`) : `${target}.${name}`;
  try {
    await mkdir(partial, { recursive: true });
    for (const [file, text] of files) await writeFile(path.join(partial, file), text);
    await assertFree(folder, path.basename(partial));
    if (isThere) await moveOut(partial, target, files);
    else await rename(partial, target);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw error instanceof CommandFailure ? error : failureOf(folder, error);
  }
}

async function moveOut(partial: string, target: string, files: Files): Promise<void> {
  const moved: string[] = [];
  try {
    for (const [file] of files) {
      const place = path.join(target, file);
      await rename(path.join(partial, file), place);
      moved.push(place);
    }
    await rmdir(partial);
  } catch (error) {
    for (const place of moved) await rm(place, { force: true });
    throw error;
  }
}

/** The names in a folder; null when there is none. */
async function listContent(folder: string): Promise<readonly string[] | null> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    if (codeOf(error) === "ENOTDIR") {
      throw new CommandFailure(`${folder} is a file or is inside one: give a new or empty folder with --out.`);
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

/** Returns the code of a system error; null for other errors. */
function codeOf(error: unknown): string | null {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : null;
}
