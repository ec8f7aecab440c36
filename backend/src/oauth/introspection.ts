import type { Introspection } from "xtremepush-access/schemas";
import type { TokenKey } from "../store/access-tokens";
import { audienceOf, verifyAccessToken } from "./access-token";
import { admitClient, type ClientRequest } from "./client-authentication";
import { presentedToken } from "./form";
import type { OAuthServices } from "./oauth-services";
import type { Claims } from "./verified-tokens";

const INACTIVE: Introspection = { active: false };

/** What a caller sees of the token that it shows. */
export interface View {
  readonly isVisible: (claims: Claims) => boolean;
  /** What the token may do, when that was read together with the caller; null when it counts no more. */
  readonly permissions: readonly string[] | null | undefined;
}

/**
 * The key of a token that was verified before, so that what it may do now is read together with its caller. The signature
 * of any other is verified only for a caller that has shown who it is.
 */
export function findKnownKey({ verifiedTokens }: OAuthServices, token: string | undefined): TokenKey | null {
  const known = token === undefined ? undefined : verifiedTokens.find(token);
  return known === undefined ? null : keyOf(known.claims);
}

/**
 * Reports what a token may do now: what it carries and its client still has. A token that the caller does not see is as
 * unknown to it as any other string (RFC 7662, section 2.2).
 */
export async function introspect(
  services: OAuthServices,
  token: string,
  { isVisible, permissions }: View,
): Promise<Introspection> {
  const claims = await verifyAccessToken(services, token);
  if (claims === null || !isVisible(claims)) return INACTIVE;
  const accessToken = keyOf(claims);
  const now = permissions === undefined ? await services.live.find({ actorToken: null, accessToken }) : { permissions };
  const live = new Set(now.permissions);
  const scope = claims.scope.split(" ").filter((permission) => live.has(permission));
  if (scope.length === 0) return INACTIVE;
  const { xtremepush_revision: _, ...shown } = claims;
  return {
    active: true,
    ...shown,
    scope: scope.join(" "),
    token_type: "Bearer",
    sub: claims.client_id,
    iss: services.issuer,
    aud: audienceOf(services.issuer),
  };
}

/** The same for a client, which sees its own tokens only. */
export async function introspectOwn(services: OAuthServices, request: ClientRequest): Promise<Introspection> {
  const token = presentedToken(request.form);
  const known = findKnownKey(services, token);
  const { id, permissions, tokenEnded } = await admitClient(services, request, known);
  const read = tokenEnded ? null : permissions;
  return introspect(services, token, {
    isVisible: (claims) => claims.client_id === id,
    permissions: known === null ? undefined : read,
  });
}

function keyOf({ jti, client_id: client, xtremepush_revision: revision }: Claims): TokenKey {
  return { jti, client, revision };
}
