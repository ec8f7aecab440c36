import { writeFileSync } from "node:fs";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";

const ADVICE = {
  ENOSPC: "free some space on its disk",
  EDQUOT: "free some of the quota of the backend's user",
  EACCES: "let the backend's user read and write it",
  EPERM: "let the backend's user read and write it",
  EROFS: "its file system is read-only; choose another folder with --data-dir",
  EISDIR: "it is a folder; remove it",
  EIO: "its disk fails; restore a copy of the data folder on another one",
  EMFILE: "too many files are open; raise the limit with ulimit -n",
  ENFILE: "too many files are open; raise the limit of the system",
} as const;
/** Codes of a file that is there and cannot be used. */
export const FILE_CODES: readonly string[] = Object.keys(ADVICE);

/** Words a failure of a file in the data folder as one sentence; any other error stays as it is. */
export function fileFailure(error: unknown): unknown {
  if (!isNamed(error, ...FILE_CODES) || !("path" in error)) return error;
  const advice = Object.entries(ADVICE).find(([code]) => code === error.code)?.[1];
  return new StartFailure(`The file ${error.path} cannot be read or written: ${advice} (${error.code}).`);
}

/** Writes a file durably, readable by its user only. */
export function writePrivately(path: string, content: string): void {
  try {
    writeFileSync(path, content, { mode: 0o600, flush: true });
  } catch (error) {
    // Node.js gives a path to a failed open only, and not to a write that finds no space.
    throw error instanceof Error ? Object.assign(error, { path }) : error;
  }
}
