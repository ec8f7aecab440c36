import { writeFileSync, writeSync } from "node:fs";
import { Socket } from "node:net";

/**
 * Makes what writes to the log of a program, standard output. A line that its file does not take is lost, and standard error says
 * so once: neither a full disk nor anything else that a log meets must end a server. Node.js closes its stream at the first such
 * failure, so it is not used for a file.
 */
export function logWriter(program: string): (text: string) => void {
  let isLosing = false;
  return (text) => {
    if (process.stdout instanceof Socket) {
      process.stdout.write(text);
      return;
    }
    try {
      // The file may have taken the beginning of the line that was lost.
      writeFileSync(1, isLosing ? `\n${text}` : text);
      isLosing = false;
    } catch (error) {
      if (!isLosing) report(program, error);
      isLosing = true;
    }
  };
}

function report(program: string, error: unknown): void {
  const code = error instanceof Error && "code" in error ? error.code : error;
  try {
    writeSync(2, `${program}: the log cannot be written (${code}), so its lines are lost until it can.\n`);
  } catch {
    // Standard error may be a file of the same disk, closed, or a pipe that is full.
  }
}
