import type { Introspection } from "xtremepush-access/schemas";
import { findLivePermissions } from "../store/access-tokens";
import { audienceOf, verifyAccessToken } from "./access-token";
import { admitClient, type ClientRequest } from "./client-authentication";
import { presentedToken } from "./form";
import type { OAuthServices } from "./oauth-services";
import type { Claims } from "./verified-tokens";

const INACTIVE: Introspection = { active: false };

/**
 * Reports what a token may do now: what it carries and its client still has. A token that the caller does not see is as
 * unknown to it as any other string (RFC 7662, section 2.2).
 */
export async function introspect(
  services: OAuthServices,
  token: string,
  isVisible: (claims: Claims) => boolean,
): Promise<Introspection> {
  const claims = await verifyAccessToken(services, token);
  if (claims === null || !isVisible(claims)) return INACTIVE;
  const { jti, client_id: client, iat } = claims;
  const key = { jti, client, issuedTime: new Date(iat * 1_000) };
  const live = new Set(await findLivePermissions(services.database.db, key));
  const scope = claims.scope.split(" ").filter((permission) => live.has(permission));
  if (scope.length === 0) return INACTIVE;
  return {
    active: true,
    ...claims,
    scope: scope.join(" "),
    token_type: "Bearer",
    sub: client,
    iss: services.issuer,
    aud: audienceOf(services.issuer),
  };
}

/** The same for a client, which sees its own tokens only. */
export async function introspectOwn(services: OAuthServices, request: ClientRequest): Promise<Introspection> {
  const token = presentedToken(request.form);
  const { id } = await admitClient(services, request);
  return introspect(services, token, (claims) => claims.client_id === id);
}
