import { NotFoundError } from "xtremepush-access";

/**
 * Converts `client_not_found` to null and rethrows every other error.
 *
 * A token that lost its project, for example, must not empty the state.
 */
export function goneAsNull(error: unknown): null {
  if (NotFoundError.is(error) && error.code === "client_not_found") return null;
  throw error;
}
