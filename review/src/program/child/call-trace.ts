import { fileURLToPath } from "node:url";
import { positionIn } from "./call-stack";

/** Where a watched function is called. Reading it is expensive, capturing it is not. */
export interface CallTrace {
  /** The file of the caller as Node.js loaded it: source maps of packages point to paths that do not exist here. */
  caller(): string;
  /** The innermost line of the program. */
  position(): string | null;
}

/** Captures the calls above a function, without the nearest ones when they are of no interest. */
export function traceAbove(watched: (...args: never[]) => unknown, skipped = 0): CallTrace {
  const nearest = capture(watched, skipped + NEAR);
  const whole = capture(watched, Number.POSITIVE_INFINITY);
  let caller: string | undefined;
  return {
    caller() {
      caller ??= nearestFile(nearest, skipped);
      return caller;
    },
    position: () => positionIn(whole.stack),
  };
}

/** JavaScript's own functions may be in between. */
const NEAR = 4;

interface Captured {
  readonly stack?: string;
}

function capture(watched: (...args: never[]) => unknown, depth: number): Captured {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = depth;
  const captured: Captured = {};
  Error.captureStackTrace(captured, watched);
  Error.stackTraceLimit = stackTraceLimit;
  return captured;
}

function nearestFile(captured: Captured, skipped: number): string {
  const { prepareStackTrace } = Error;
  let file: string | undefined;
  Error.prepareStackTrace = (_, sites) => {
    const site = sites.slice(skipped).find((each) => each.getFileName());
    file = site?.getFileName() ?? undefined;
  };
  // Reading the property builds the stack.
  void captured.stack;
  Error.prepareStackTrace = prepareStackTrace;
  return file?.startsWith("file:") ? fileURLToPath(file) : (file ?? "");
}
