import { PERMISSIONS } from "xtremepush-access/catalog";
import {
  ASSERTION_ALGORITHMS,
  type AuthorizationServer,
  type ProtectedResource,
  TOKEN_EXCHANGE_GRANT,
} from "xtremepush-access/schemas";
import { resourceMetadataUrl } from "../http/bearer-challenge";
import { audienceOf } from "./access-token";
import { JWT_BEARER_GRANT } from "./presented-assertion";

export const OAUTH_PATHS = {
  token: "/api/oauth/token",
  introspection: "/api/oauth/introspect",
  revocation: "/api/oauth/revoke",
  jwks: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  resource: "/.well-known/oauth-protected-resource",
} as const;

/**
 * Where clients look for the metadata of an issuer: the well-known part comes between its host and its path.
 * https://www.rfc-editor.org/rfc/rfc8414#section-3.1
 */
export function metadataPath(issuer: string): string {
  return OAUTH_PATHS.metadata + new URL(issuer).pathname.replace(/\/+$/, "");
}

/** Whom assertions are for: RFC 7523, section 3. */
export function audiencesOf(issuer: string): readonly string[] {
  return [issuer + OAUTH_PATHS.token, issuer];
}

const CLIENT_AUTHENTICATION = ["client_secret_basic", "client_secret_post", "private_key_jwt"] as const;

/** Describes this backend to clients that configure themselves: RFC 8414. */
export function serverMetadata(issuer: string): AuthorizationServer {
  const algorithms = [...ASSERTION_ALGORITHMS];
  return {
    issuer,
    token_endpoint: issuer + OAUTH_PATHS.token,
    introspection_endpoint: issuer + OAUTH_PATHS.introspection,
    jwks_uri: issuer + OAUTH_PATHS.jwks,
    grant_types_supported: ["client_credentials", JWT_BEARER_GRANT, TOKEN_EXCHANGE_GRANT],
    token_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION],
    token_endpoint_auth_signing_alg_values_supported: algorithms,
    // Names of the registries: that of the token type is an actor's way.
    introspection_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION, "Bearer"],
    introspection_endpoint_auth_signing_alg_values_supported: algorithms,
    revocation_endpoint: issuer + OAUTH_PATHS.revocation,
    revocation_endpoint_auth_methods_supported: [...CLIENT_AUTHENTICATION],
    revocation_endpoint_auth_signing_alg_values_supported: algorithms,
    // No response_types_supported: RFC 8414, section 3.2, leaves out what has no elements.
    scopes_supported: Object.keys(PERMISSIONS),
  };
}

/** Describes the management API, whose tokens an admin makes: RFC 9728. */
export function managementResource(issuer: string): ProtectedResource {
  return { resource: issuer, bearer_methods_supported: ["header"], resource_name: "Xtremepush API access" };
}

/** Describes the External API, for which the tokens of this backend are. */
function externalResource(issuer: string): ProtectedResource {
  return {
    resource: audienceOf(issuer),
    authorization_servers: [issuer],
    scopes_supported: Object.keys(PERMISSIONS),
    bearer_methods_supported: ["header"],
    resource_name: "Xtremepush External API",
  };
}

/** What is described, by the paths where callers look: RFC 9728, section 3.1. */
export function resourcesByPath(issuer: string): ReadonlyMap<string, ProtectedResource> {
  const resources = [managementResource(issuer), externalResource(issuer)];
  return new Map(resources.map((resource) => [new URL(resourceMetadataUrl(resource.resource)).pathname, resource]));
}
