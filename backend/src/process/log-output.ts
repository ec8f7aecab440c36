import { writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";

let isLosing = false;

/**
 * Writes to the log, standard output. A line that its file does not take is lost, and standard error says so once: neither a
 * full disk nor anything else that a log meets must end a backend. Node.js closes its stream at the first such failure, so it
 * is not used for a file.
 */
export function writeLog(text: string): void {
  if (process.stdout instanceof Socket) {
    process.stdout.write(text);
    return;
  }
  try {
    // The file may have taken the beginning of the line that was lost.
    writeFileSync(1, isLosing ? `\n${text}` : text);
    isLosing = false;
  } catch (error) {
    if (!isLosing) report(error);
    isLosing = true;
  }
}

function report(error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : error;
  try {
    writeSync(
      2,
      `xtremepush-access-backend: the log cannot be written (${code}), so its lines are lost until it can.\n`,
    );
  } catch {
    // Standard error may be a file of the same disk, closed, or a pipe that is full.
  }
}
