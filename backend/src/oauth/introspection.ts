import type { Introspection } from "xtremepush-access/schemas";
import { wasDeletedSince } from "../store/audit";
import { findTokenClient } from "../store/client-credentials";
import { audienceOf, verifyAccessToken } from "./access-token";
import type { OAuthServices } from "./oauth-services";

const INACTIVE: Introspection = { active: false };

/**
 * Reports what a token may do now: what it carries and its client still has. A token of a project that the actor does
 * not see is as unknown to it as any other string (RFC 7662, section 2.2).
 */
export async function introspect(
  services: OAuthServices,
  token: string,
  visible: readonly string[] | null,
): Promise<Introspection> {
  const claims = await verifyAccessToken(services, token);
  if (claims === null) return INACTIVE;
  if (visible !== null && !visible.includes(claims.xtremepush_project)) return INACTIVE;
  const query = { client: claims.client_id, kind: "secret", jtiHash: null, now: services.clock() } as const;
  const client = await findTokenClient(services.database.db, query);
  const live = new Set(client?.permissions);
  const scope = claims.scope.split(" ").filter((permission) => live.has(permission));
  if (scope.length === 0) return INACTIVE;
  // A restore brings back no credential, so what a dead one was given for stays dead, too. `iat` is the second begun.
  if (await wasDeletedSince(services.database.db, claims.client_id, new Date(claims.iat * 1_000))) return INACTIVE;
  return {
    active: true,
    ...claims,
    scope: scope.join(" "),
    token_type: "Bearer",
    sub: claims.client_id,
    iss: services.issuer,
    aud: audienceOf(services.issuer),
  };
}
