import { NotFoundError } from "xtremepush-access";

/**
 * Turns the answer that a client is not there into null; every other error stays one.
 *
 * Only `client_not_found` means gone: a token that lost its project, for one, must not empty the state.
 */
export function goneAsNull(error: unknown): null {
  if (NotFoundError.is(error) && error.code === "client_not_found") return null;
  throw error;
}
