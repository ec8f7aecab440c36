import { visibleLines } from "xtremepush-access/text";
import type { Properties } from "./wire";

/** Longest line of a message, in code points; long enough for an owner with its URN. */
const LINE_MAX = 4_000;

/**
 * An error as the engine prints it: one message, no stack trace.
 *
 * The engine shows the message with its resource. For diff, read and delete the provider's process prints the error and
 * its `stack` as well, so a short note in the stack avoids printing the message twice.
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

/** A failed update after which the resource differs from its state, so that the state must get these outputs. */
export class PartialFailure extends Failure {
  readonly outs: Properties;

  constructor(message: string, outs: Properties) {
    super(message);
    this.outs = outs;
  }
}
