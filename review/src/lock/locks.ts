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

/** Reads the lock files of a commit. @throws ReviewFailure when one of them cannot be read. */
export async function lockedIn(commit: Commit, ref: string): Promise<Manifest[]> {
  return Promise.all((await lockFilesOf(commit)).map((file) => readLockIn(commit, file, ref)));
}

/** A lock file that cannot be read. */
export interface BrokenLock {
  readonly file: string;
  readonly why: string;
}

/** The same, with the lock files that cannot be read apart. */
export async function readableLocksIn(
  commit: Commit,
  ref: string,
): Promise<{ manifests: Manifest[]; broken: BrokenLock[] }> {
  const [manifests, broken]: [Manifest[], BrokenLock[]] = [[], []];
  for (const file of await lockFilesOf(commit)) {
    try {
      manifests.push(await readLockIn(commit, file, ref));
    } catch (error) {
      if (!(error instanceof ReviewFailure)) throw error;
      broken.push({ file, why: error.message });
    }
  }
  return { manifests, broken };
}

async function lockFilesOf(commit: Commit): Promise<string[]> {
  return (await commit.files(LOCK_FOLDER)).filter(isLock).sort();
}

async function readLockIn(commit: Commit, file: string, ref: string): Promise<Manifest> {
  return assertAtItsPath(readLock((await commit.read(file)) ?? "", `${ref}:${file}`), file);
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
