import { randomUUID } from "node:crypto";
import type { Stats } from "node:fs";
import { chmod, mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { codeOf } from "../gateway-failure";

const UNFINISHED = /\.jsonl\.[0-9a-f-]{36}\.tmp$/;
/** Younger ones may be of a gateway that is writing. */
const UNFINISHED_MS = 60_000;

/**
 * Reads a file of the gateway's folder; null without one.
 *
 * @throws Error for a file, or a folder of it, that belongs to another user or that others can write.
 */
export async function readOwnFile(file: string): Promise<string | null> {
  try {
    const folder = path.dirname(file);
    // First, because in a folder of others the file can be replaced after it was looked at.
    assertOwn(`the folder ${folder}`, await stat(folder));
    const opened = await open(file, "r");
    try {
      assertOwn(file, await opened.stat());
      return await opened.readFile("utf8");
    } finally {
      await opened.close();
    }
  } catch (error) {
    if (codeOf(error) === "ENOENT") return null;
    throw error;
  }
}

/** Who can write it can allow anything, and report any use. */
function assertOwn(place: string, { uid, mode }: Pick<Stats, "uid" | "mode">): void {
  const own = process.geteuid?.();
  // Windows has neither owners nor modes of this kind.
  if (own === undefined) return;
  const unused = "so it is not read; the gateway needs a folder of its own as state";
  if (uid !== own) throw new Error(`${place} belongs to another user (uid ${uid}, not ${own}), ${unused}`);
  if ((mode & 0o022) !== 0) throw new Error(`other users can write ${place}, ${unused}`);
}

/** Removes what gateways left that were killed while they wrote. */
export async function removeUnfinished(folder: string): Promise<void> {
  // A folder that cannot be read is reported by whoever reads its files.
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => UNFINISHED.test(each))) {
    const file = path.join(folder, name);
    const old = await stat(file).catch(() => null);
    if (old !== null && Date.now() - old.mtimeMs > UNFINISHED_MS)
      await rm(file, { force: true }).catch(() => undefined);
  }
}

/** A line as JSON; undefined when it is not JSON, as after a write that was cut. */
export function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Writes a file in place of what is there, at once; only the gateway's user can read it. */
export async function replaceFile(file: string, parts: Iterable<string>): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    const opened = await open(beside, "wx", 0o600);
    try {
      for (const part of parts) await opened.appendFile(part);
      await opened.sync();
    } finally {
      await opened.close();
    }
    // A umask of its own must not open what others may not read.
    await chmod(beside, 0o600);
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}
