import { OAuthError } from "./oauth-error";

// RFC 6749, section 3.3, with a length that no permission reaches.
const SCOPE_TOKEN = /^[\x21\x23-\x5b\x5d-\x7e]{1,100}$/;
const LISTED_MAX = 10;

/** The permissions that a token will carry: the whole grant, or the subset that was asked for, in the grant's order. */
export function resolveScope(permissions: readonly string[], asked: string | undefined): readonly string[] {
  if (permissions.length === 0) {
    throw new OAuthError("invalid_scope", "the client has no grant: give it permissions first");
  }
  if (asked === undefined) return permissions;
  const wanted = new Set(readScope(asked));
  const beyond = [...wanted].filter((permission) => !permissions.includes(permission));
  if (beyond.length > 0) throw new OAuthError("invalid_scope", `not granted to the client: ${listFirst(beyond)}`);
  return permissions.filter((permission) => wanted.has(permission));
}

function readScope(asked: string): readonly string[] {
  const tokens = asked.split(" ");
  if (tokens.every((token) => SCOPE_TOKEN.test(token))) return tokens;
  throw new OAuthError("invalid_scope", "scope is not a list of permissions separated by single spaces");
}

function listFirst(permissions: readonly string[]): string {
  const more = permissions.length - LISTED_MAX;
  return permissions.slice(0, LISTED_MAX).join(", ") + (more > 0 ? ` and ${more} more` : "");
}
