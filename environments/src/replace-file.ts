import { randomUUID } from "node:crypto";
import { open, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";

/** A file that a run is writing may be this old, in milliseconds. One that is older is of a run that died. */
const WRITING_MAX_MS = 60_000;

/** Replaces a file at once, so that no reader and no crash sees half of it. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
  await removeLeftovers(file);
  const beside = `${file}.${randomUUID()}.tmp`;
  try {
    const opened = await open(beside, "wx", mode);
    try {
      await opened.writeFile(text);
      await opened.sync();
    } finally {
      await opened.close();
    }
    await rename(beside, file);
  } catch (error) {
    await rm(beside, { force: true });
    throw error;
  }
}

/** Removes what a run that died has left beside a file: it may hold a credential. */
export async function removeLeftovers(file: string): Promise<void> {
  const { dir, base } = path.parse(file);
  const names = await readdir(dir).catch(() => []);
  const left = names.filter((name) => name.startsWith(base) && /^\.[0-9a-f-]{36}\.tmp$/.test(name.slice(base.length)));
  for (const name of left) {
    const stats = await stat(path.join(dir, name)).catch(() => null);
    if (stats !== null && Date.now() - stats.mtimeMs > WRITING_MAX_MS) await rm(path.join(dir, name), { force: true });
  }
}

/** The code of a failed system call, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error";
}
