import {
  AccessError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionDeniedError,
} from "xtremepush-access";

/**
 * An error as the engine prints it: one message, no stack trace.
 *
 * The engine shows the message with its resource. For diff, read and delete the provider's process prints the error and
 * its `stack` as well, which the engine shows with the stack: a pointer there keeps the message from being said twice.
 * No `code`: a numeric one would leak as the status of the RPC. Source: `@pulumi/pulumi/cmd/dynamic-provider`.
 */
export class Failure extends Error {
  constructor(message: string) {
    super(message);
    this.stack = "the error is shown with its resource";
  }

  override toString(): string {
    return "xtremepush";
  }
}

/** Turns what a call to the backend threw into a {@link Failure} that says where to mend it; the rest stays as it is. */
export function failureOf(error: unknown, tokenSource: string): unknown {
  if (!AccessError.is(error)) return error;
  return new Failure(`${error.message}${remedyOf(error, tokenSource)}`);
}

function remedyOf(error: AccessError, tokenSource: string): string {
  if (AuthenticationError.is(error) || PermissionDeniedError.is(error)) return `; the token came from ${tokenSource}`;
  if (NotFoundError.is(error) && error.code === "project_not_found") {
    return `; xtremepush:project (XTREMEPUSH_PROJECT) names it, and the token from ${tokenSource} must be for it`;
  }
  if (NotFoundError.is(error) && error.code === "client_not_found") {
    return "; if so, run `pulumi refresh`, then `pulumi up` makes it anew";
  }
  const [wrong] = error.status === undefined ? error.errors : [];
  if (wrong && SETTINGS.includes(wrong.field)) {
    return `; xtremepush:${wrong.field} (XTREMEPUSH_${wrong.field.toUpperCase()}) holds it`;
  }
  if (ConnectionError.is(error))
    return "; is the backend running, and is xtremepush:endpoint (XTREMEPUSH_ENDPOINT) right?";
  return "";
}

const SETTINGS: readonly string[] = ["endpoint", "project", "token"];
