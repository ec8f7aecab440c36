import { PERMISSIONS } from "xtremepush-access/catalog";
import type { AuthorizationServer } from "xtremepush-access/schemas";

export const OAUTH_PATHS = {
  token: "/api/oauth/token",
  introspection: "/api/oauth/introspect",
  jwks: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
} as const;

/**
 * Where clients look for the metadata of an issuer: the well-known part comes between its host and its path.
 * https://www.rfc-editor.org/rfc/rfc8414#section-3.1
 */
export function metadataPath(issuer: string): string {
  return OAUTH_PATHS.metadata + new URL(issuer).pathname.replace(/\/+$/, "");
}

/** What this backend is and can, for clients that configure themselves: RFC 8414. */
export function serverMetadata(issuer: string): AuthorizationServer {
  return {
    issuer,
    token_endpoint: issuer + OAUTH_PATHS.token,
    introspection_endpoint: issuer + OAUTH_PATHS.introspection,
    jwks_uri: issuer + OAUTH_PATHS.jwks,
    grant_types_supported: ["client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    introspection_endpoint_auth_methods_supported: ["Bearer"],
    response_types_supported: [],
    scopes_supported: Object.keys(PERMISSIONS),
  };
}
