import { chmod, mkdir, mkdtemp, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

interface Publication {
  /** Where the folder appears, complete or not at all. */
  readonly target: string;
  /** Fills an empty folder; throws if the result is not valid. */
  readonly fill: (staging: string) => Promise<void>;
  /** Whether the target is already valid. */
  readonly isUsable: (target: string) => Promise<boolean>;
}

/**
 * Fills a hidden folder beside the target, then renames it: a killed run leaves nothing at the target, and of two
 * parallel runs the first one wins.
 */
export async function publishFolder({ target, fill, isUsable }: Publication): Promise<void> {
  const parent = path.dirname(target);
  const prefix = `.${path.basename(target)}-`;
  await mkdir(parent, { recursive: true });
  await removeAbandoned(parent, prefix);
  const staging = await mkdtemp(path.join(parent, prefix));
  try {
    await chmod(staging, 0o755);
    await fill(staging);
    await moveIntoPlace(staging, target, isUsable);
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function moveIntoPlace(staging: string, target: string, isUsable: Publication["isUsable"]): Promise<void> {
  if (await renamed(staging, target)) return;
  if (await isUsable(target)) return;

  const aside = `${staging}-replaced`;
  await renamed(target, aside);
  try {
    if (await renamed(staging, target)) return;
    if (await isUsable(target)) return;
    throw new Error(`${target} could not be replaced; remove it and run this again.`);
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

/** Returns false when the target contains files or another run has moved the source away. */
async function renamed(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && IN_THE_WAY.has(error.code)) return false;
    throw error;
  }
}

const IN_THE_WAY: ReadonlySet<unknown> = new Set(["ENOTEMPTY", "EEXIST", "ENOENT"]);

/** Removes what killed runs left behind. No run takes as long as a day. */
async function removeAbandoned(parent: string, prefix: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const folder = path.join(parent, name);
    if (name.startsWith(prefix) && Date.now() - (await changedAt(folder)) > 24 * 60 * 60 * 1000) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

/** Milliseconds since 1970; the current time for a folder that another run has just removed. */
async function changedAt(folder: string): Promise<number> {
  const found = await stat(folder).catch(() => undefined);
  return found?.mtimeMs ?? Date.now();
}
