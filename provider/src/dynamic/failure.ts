import {
  AccessError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionDeniedError,
} from "xtremepush-access";
import { visibleLines } from "xtremepush-access/text";
import type { Sources } from "./settings";

/** Longest line of a message, in code points: an owner and a URN have room in it. */
const LINE_MAX = 4_000;

/**
 * An error as the engine prints it: one message, no stack trace.
 *
 * The engine shows the message with its resource. For diff, read and delete the provider's process prints the error and
 * its `stack` as well, which the engine shows with the stack: a pointer there keeps the message from being said twice.
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

/** Turns what a call to the backend threw into a {@link Failure} that says where to mend it; the rest stays as it is. */
export function failureOf(error: unknown, sources: Sources): unknown {
  if (!AccessError.is(error)) return error;
  return new Failure(`${error.message}${remedyOf(error, sources)}`);
}

function remedyOf(error: AccessError, sources: Sources): string {
  if (AuthenticationError.is(error) || PermissionDeniedError.is(error)) return `; the token came from ${sources.token}`;
  if (NotFoundError.is(error) && error.code === "project_not_found") {
    return `; the project came from ${sources.project}, and the token from ${sources.token} must be for it`;
  }
  if (NotFoundError.is(error) && error.code === "client_not_found") {
    return "; run `pulumi refresh`, which takes that into account, then `pulumi up`";
  }
  const [wrong] = error.status === undefined ? error.errors : [];
  if (wrong && isSetting(wrong.field, sources)) return `; it came from ${sources[wrong.field]}`;
  if (ConnectionError.is(error))
    return `; is the backend running, and is its address right? It came from ${sources.endpoint}`;
  return "";
}

function isSetting(field: string, sources: Sources): field is keyof Sources {
  return Object.hasOwn(sources, field);
}
