import {
  AccessError,
  AuthenticationError,
  ConnectionError,
  NotFoundError,
  PermissionDeniedError,
} from "xtremepush-access";
import { Failure } from "./failure";
import { type Sources, STACK_CONFIGURATION } from "./settings";

/** Converts an error of the backend's client to a {@link Failure} that says where to fix it; other errors stay the same. */
export function failureOf(error: unknown, { sources, isInState }: Context): unknown {
  if (!AccessError.is(error)) return error;
  return new Failure(`${error.message}${remedyOf(error, { sources, isInState })}`);
}

interface Context {
  readonly sources: Sources;
  /** Whether the resource is in the state: only then does a refresh change anything. */
  readonly isInState: boolean;
}

function remedyOf(error: AccessError, { sources, isInState }: Context): string {
  if (AuthenticationError.is(error) || PermissionDeniedError.is(error)) {
    return `; the token came from ${sources.token}${rememberedToken(sources)}`;
  }
  if (NotFoundError.is(error) && error.code === "project_not_found") {
    return `; the project came from ${sources.project}, and the token from ${sources.token} must have access to it`;
  }
  if (NotFoundError.is(error) && error.code === "client_not_found") {
    // A deleted client may still be in the state, where only its own resource can tell.
    if (isInState || /\bwas deleted\b/.test(error.message))
      return "; run `pulumi refresh`, which updates the state, then `pulumi up`";
    return `; check the client ID, and that the grant has the Provider of its client (the project came from ${sources.project}, the endpoint from ${sources.endpoint})`;
  }
  if (NotFoundError.is(error) && error.code !== "client_not_found") {
    return `; is this the address of a backend, and its path right? It came from ${sources.endpoint}`;
  }
  const [wrong] = error.status === undefined ? error.errors : [];
  if (wrong && isSetting(wrong.field, sources)) return `; it came from ${sources[wrong.field]}`;
  if (ConnectionError.is(error))
    return `; is the backend running, and is its address right? It came from ${sources.endpoint}`;
  return "";
}

/** Without the program, the engine configures the provider from the state; the environment is always the current one. */
function rememberedToken({ token }: Sources): string {
  if (!token.startsWith(STACK_CONFIGURATION)) return "";
  return "; `pulumi refresh` and `pulumi destroy` use the token that the state remembers from the last `pulumi up`: add --run-program to use the current one";
}

function isSetting(field: string, sources: Sources): field is keyof Sources {
  return Object.hasOwn(sources, field);
}
