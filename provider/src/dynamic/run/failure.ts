import { engineText } from "../../engine-text";
import type { Properties } from "./wire";

/** Longest line of a message, in code points; long enough for an owner with its URN. */
const LINE_MAX = 4_000;

const [NAME, STACK] = ["xtremepush", "the error is shown with its resource"];

/**
 * An error as the engine prints it: one message, no stack trace.
 *
 * The engine shows the message with its resource. For diff, read and delete the provider's process prints the error and
 * its `stack` as well: a short note, which {@link dropNotes} drops.
 * No `code`: a numeric one would leak as the status of the RPC. Source: `@pulumi/pulumi/cmd/dynamic-provider`.
 */
export class Failure extends Error {
  constructor(message: string) {
    super(engineText(message, LINE_MAX));
    this.stack = STACK;
  }

  override toString(): string {
    return NAME;
  }
}

/**
 * Drops the note that the provider's process prints to stderr for a {@link Failure}: the engine would show it as a message of
 * the stack, one for each error. Other packages' providers run in the same process, so everything else is printed.
 */
export function dropNotes(console: Pick<Console, "error">): void {
  const print = console.error.bind(console);
  const note = `${NAME}: ${STACK}`;
  console.error = (...printed: unknown[]) => {
    if (printed.length !== 1 || printed[0] !== note) print(...printed);
  };
}

/** A failed update after which the resource differs from its state, so that the state must get these outputs. */
export class PartialFailure extends Failure {
  readonly outs: Properties;

  constructor(message: string, outs: Properties) {
    super(message);
    this.outs = outs;
  }
}
