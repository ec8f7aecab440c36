import { visibleLines } from "xtremepush-access/text";

/** Longest line of a message, in code points: an owner and a URN have room in it. */
const LINE_MAX = 4_000;

/**
 * An error as the engine prints it: one message, no stack trace.
 *
 * The engine shows the message with its resource. For diff, read and delete the provider's process prints the error and
 * its `stack` as well, which the engine shows with the stack: a pointer there keeps the message from being printed twice.
 * No `code`: a numeric one would leak as the status of the RPC. Source: `@pulumi/pulumi/cmd/dynamic-provider`.
 */
export class Failure extends Error {
  constructor(message: string) {
    super(visibleLines(message, LINE_MAX));
    this.stack = "the error is shown with its resource";
  }

  override toString(): string {
    return "xtremepush";
  }
}
