/** The SDK's function that formats a stack for each promise; runtime/debuggable.js of @pulumi/pulumi 3.259.0. */
const FORMATTER = "debuggablePromise";

/** The SDK's variable with which it prints those stacks. */
const SHOWN_WITH = "PULUMI_DEBUG_PROMISE_LEAKS";

/**
 * Keeps the SDK from formatting stacks that nothing reads, until the returned function is called.
 *
 * The SDK makes four promises for each property of a resource, and formats a stack for each, with source maps. In a program
 * of a thousand clients that is a third of its memory and most of its time, for a report of promises that never end.
 * Every other stack stays as it is: those of errors, and the one that finds the line of the resource in the program.
 */
export function skipPromiseStacks(): () => void {
  const format = Error.prepareStackTrace;
  // Without a function of its own, as in most unit tests, Node.js formats much faster, and in a way that cannot be called.
  if (format === undefined || process.env[SHOWN_WITH]) return () => {};
  const skip: typeof format = (error, frames) => {
    return frames[0]?.getFunctionName() === FORMATTER ? String(error) : format.call(Error, error, frames);
  };
  Error.prepareStackTrace = skip;
  return () => {
    if (Error.prepareStackTrace === skip) Error.prepareStackTrace = format;
  };
}
