import {
  AccessError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionDeniedError,
} from "xtremepush-access";
import { Failure } from "./failure";
import type { Sources } from "./settings";

/** Converts an error of the backend's client to a {@link Failure} that says where to fix it; other errors stay the same. */
export function failureOf(error: unknown, sources: Sources): unknown {
  if (!AccessError.is(error)) return error;
  return new Failure(`${error.message}${remedyOf(error, sources)}`);
}

function remedyOf(error: AccessError, sources: Sources): string {
  if (AuthenticationError.is(error) || PermissionDeniedError.is(error)) return `; the token came from ${sources.token}`;
  if (NotFoundError.is(error) && error.code === "project_not_found") {
    return `; the project came from ${sources.project}, and the token from ${sources.token} must have access to it`;
  }
  if (NotFoundError.is(error) && error.code === "client_not_found") {
    return "; run `pulumi refresh`, which updates the state, then `pulumi up`";
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
