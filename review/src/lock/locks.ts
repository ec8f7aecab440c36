import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import type { Commit } from "../git/commit";
import type { Manifest } from "../model/manifest";
import { ReviewFailure } from "../review-failure";
import { LOCK_FOLDER, lockPath, readLock } from "./lock-file";

/** Reads the lock files of the working tree in the order of their names; empty when there is no folder. */
export async function readLocks(folder: string): Promise<Manifest[]> {
  const names = await readdir(path.join(folder, LOCK_FOLDER)).catch((error: unknown) => {
    if (isMissing(error)) return [];
    throw error;
  });
  const files = names
    .filter(isLock)
    .sort()
    .map((name) => `${LOCK_FOLDER}/${name}`);
  return Promise.all(
    files.map(async (file) => assertAtItsPath(readLock(await readFile(path.join(folder, file), "utf8"), file), file)),
  );
}

/** Reads the lock files of a commit. */
export async function lockedIn(commit: Commit, ref: string): Promise<Manifest[]> {
  const files = (await commit.files(LOCK_FOLDER)).filter(isLock).sort();
  return Promise.all(
    files.map(async (file) => assertAtItsPath(readLock((await commit.read(file)) ?? "", `${ref}:${file}`), file)),
  );
}

function isLock(name: string): boolean {
  return name.endsWith(".json");
}

/** With two files of one stack, one could be reviewed and the other one read. */
function assertAtItsPath(manifest: Manifest, file: string): Manifest {
  if (lockPath(manifest) === file) return manifest;
  throw new ReviewFailure(`${file} is the lock file of another stack: it belongs at ${lockPath(manifest)}`);
}

function isMissing(error: unknown): boolean {
  return typeof error === "object" && error !== null && "code" in error && error.code === "ENOENT";
}
