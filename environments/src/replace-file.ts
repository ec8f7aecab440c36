import { randomUUID } from "node:crypto";
import { open, rename, rm } from "node:fs/promises";

/** Replaces a file at once, so that no reader and no crash sees half of it. */
export async function replaceFile(file: string, text: string, mode: number): Promise<void> {
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

/** The code of a failed system call, `ENOENT`. */
export function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : "unknown error";
}
