import { writeSync } from "node:fs";
import { Socket } from "node:net";
import { isNamed } from "../failures/named-error";

/** What a disk answers to a write for which it has no space, or that it fails. */
const LOST: readonly string[] = ["ENOSPC", "EDQUOT", "EIO"];
let isLosing = false;

/**
 * Writes to the log, standard output. A line that its disk does not take is lost, and standard error says so once: a full
 * disk must not end a backend. Node.js closes its stream at the first such failure, so it is not used for a file.
 */
export function writeLog(text: string): void {
  if (process.stdout instanceof Socket) {
    process.stdout.write(text);
    return;
  }
  try {
    writeSync(1, text);
    isLosing = false;
  } catch (error) {
    if (!isNamed(error, ...LOST)) throw error;
    if (!isLosing) report(error.code);
    isLosing = true;
  }
}

function report(code: string): void {
  try {
    writeSync(
      2,
      `xtremepush-access-backend: the log cannot be written (${code}), so its lines are lost until it can.\n`,
    );
  } catch (error) {
    // Both may be files of the same disk, and standard error may be closed.
    if (!isNamed(error, ...LOST, "EPIPE", "EBADF")) throw error;
  }
}
