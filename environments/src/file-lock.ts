import { randomUUID } from "node:crypto";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as wait } from "node:timers/promises";
import { codeOf } from "./replace-file";

/** Work on a file takes milliseconds, so an older lock is of a run that died. */
const DEAD_MS = 30_000;
const POLL_MS = 50;

/** Does work on a file while no other run does it: of two that read, change and write it, the second would undo the first. */
export async function withFileLock<Result>(file: string, work: () => Promise<Result>): Promise<Result> {
  const lock = `${file}.lock`;
  while (!(await take(lock))) {
    await removeDead(lock);
    await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await (await open(lock, "wx", 0o600)).close();
    return true;
  } catch (error) {
    if (codeOf(error) === "EEXIST") return false;
    throw error;
  }
}

/** Removes a lock that is too old. It is moved first, so that of two runs only one removes it. */
async function removeDead(lock: string): Promise<void> {
  const found = await stat(lock).catch(() => null);
  if (found === null || Date.now() - found.mtimeMs < DEAD_MS) return;
  const aside = `${lock}.${randomUUID()}.tmp`;
  try {
    await rename(lock, aside);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return;
    throw error;
  }
  // Another run has removed it, and taken a new one, in between.
  if ((await stat(aside)).ino !== found.ino) await link(aside, lock).catch(() => undefined);
  await rm(aside, { force: true });
}
