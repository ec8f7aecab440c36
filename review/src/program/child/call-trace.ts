import { fileURLToPath, pathToFileURL } from "node:url";
import { positionIn } from "./call-stack";

/** Where a watched function is called. Reading it is expensive, capturing it is not. */
export interface CallTrace {
  /** The file of the caller as Node.js loaded it: source maps of packages point to paths that do not exist here. */
  caller(): string;
  /** The innermost line of the program. */
  position(): string | null;
}

type Watched = (...args: never[]) => unknown;

/** Captures all calls above a function. */
export function traceAbove(watched: Watched): CallTrace {
  return captured(watched, { skipped: 0, depth: Number.POSITIVE_INFINITY });
}

/**
 * Captures the nearest calls above a function, for one that the SDK itself calls all the time.
 *
 * @param skipped How many of the nearest calls are of no interest.
 */
export function traceNear(watched: Watched, skipped = 0): CallTrace {
  // JavaScript's own functions may be in between.
  return captured(watched, { skipped, depth: skipped + 3 });
}

interface Frame {
  readonly file: string;
  readonly line: number | null;
  readonly column: number | null;
}

function captured(watched: Watched, { skipped, depth }: { skipped: number; depth: number }): CallTrace {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const error: { readonly stack?: string } = {};
  Error.captureStackTrace(error, watched);
  Error.stackTraceLimit = stackTraceLimit;
  let read: readonly Frame[] | undefined;
  const frames = () => {
    read ??= framesOf(error).slice(skipped);
    return read;
  };
  return {
    caller: () => frames().find(({ file }) => file !== "")?.file ?? "",
    position: () => positionIn(frames().map(lineOf).join("\n")),
  };
}

/** Reading the stack of an object builds it. */
function framesOf(error: { readonly stack?: string }): Frame[] {
  const { prepareStackTrace } = Error;
  let frames: Frame[] = [];
  Error.prepareStackTrace = (_, sites) => {
    frames = sites.map((site) => ({
      file: pathOf(site.getFileName() ?? ""),
      line: site.getLineNumber(),
      column: site.getColumnNumber(),
    }));
  };
  void error.stack;
  Error.prepareStackTrace = prepareStackTrace;
  return frames;
}

function pathOf(file: string): string {
  return file.startsWith("file:") ? fileURLToPath(file) : file;
}

/** As a line of a stack with a URL, whose position is not mapped to the source yet. */
function lineOf({ file, line, column }: Frame): string {
  const isFile = file !== "" && !file.startsWith("node:");
  return `    at ${isFile ? pathToFileURL(file).href : file}:${line}:${column}`;
}
