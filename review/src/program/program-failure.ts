import path from "node:path";
import { relativePath } from "./monitor/source-finder";
import type { ProgramEnd } from "./program-process";

export interface Ending {
  readonly folder: string;
  /** Whether it ran to its end. */
  readonly complete: boolean;
  readonly errors: readonly string[];
  readonly timeoutSeconds: number;
}

/** Describes why a program did not run to its end, as the rest of a sentence; null when it did. */
export function failureOf(end: ProgramEnd, ending: Ending): string | null {
  if (end.timedOut) {
    return `did not end within ${ending.timeoutSeconds} seconds; find what keeps it running, or raise --timeout`;
  }
  const failure = end.reports.find((report) => report.kind === "failure");
  if (failure !== undefined) return describeFailure(failure.message, failure.at, ending);
  const [error] = ending.errors;
  if (error !== undefined) return describeFailure(error, null, ending);
  const exit = end.reports.find((report) => report.kind === "exit");
  if (exit !== undefined && !ending.complete) {
    return `called process.exit${positionText(exit.at, ending)} before it registered everything; remove that call`;
  }
  if (end.exitCode !== 0 && end.exitCode !== UNSETTLED) {
    return describeFailure(end.stderr.trim() || `it exited with code ${end.exitCode}`, null, ending);
  }
  if (ending.complete && end.exitCode === 0) return null;
  return "stopped early: it waits for a value that is not known before it is deployed or that never arrives";
}

/** The exit code of Node.js when a module awaits a promise that never settles. */
const UNSETTLED = 13;
const MESSAGE_MAX = 400;

function describeFailure(message: string, at: string | null, ending: Ending): string {
  return `failed${positionText(at, ending)}: ${shorten(message, ending)}`;
}

function positionText(at: string | null, { folder }: Ending): string {
  const [, file, line] = /^(.*):(\d+)$/.exec(at ?? "") ?? [];
  return file === undefined ? "" : ` at ${relativePath(folder, file)}:${line}`;
}

function shorten(message: string, { folder }: Ending): string {
  const text = message
    .replaceAll(`${folder}${path.sep}`, "")
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("at "))
    .join(" ");
  return text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text;
}
