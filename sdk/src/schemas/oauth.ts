import { z } from "zod";
import { freeze } from "../catalog/freeze";

/** The errors of the token endpoint: RFC 6749, section 5.2, and `invalid_target` of RFC 8707. */
export const OAUTH_ERRORS = freeze([
  "invalid_request",
  "invalid_client",
  "invalid_grant",
  "unauthorized_client",
  "unsupported_grant_type",
  "invalid_scope",
  "invalid_target",
  "temporarily_unavailable",
  "server_error",
]);
export type OAuthErrorCode = (typeof OAUTH_ERRORS)[number];

/** A refusal of an OAuth endpoint: RFC 6749, section 5.2. */
export const OAuthProblem = z.looseObject({ error: z.string(), error_description: z.string().optional() });

/** RFC 6749, section 5.1. `expires_in` is in seconds. */
export const TokenAnswer = z.looseObject({
  access_token: z.string(),
  token_type: z.string(),
  expires_in: z.number().int(),
  /** The permissions that the token carries, separated by spaces. */
  scope: z.string(),
});
export type TokenAnswer = z.output<typeof TokenAnswer>;

/** RFC 7662, section 2.2. `scope` is what the token carries and the client still has. */
export const Introspection = z.looseObject({
  active: z.boolean(),
  scope: z.string().optional(),
  client_id: z.string().optional(),
  token_type: z.string().optional(),
  exp: z.number().int().optional(),
  iat: z.number().int().optional(),
  sub: z.string().optional(),
  aud: z.string().optional(),
  iss: z.string().optional(),
  jti: z.string().optional(),
  xtremepush_project: z.string().optional(),
});
export type Introspection = z.output<typeof Introspection>;

/** The public keys that access tokens are verified with (RFC 7517). */
export const JsonWebKeySet = z.looseObject({
  keys: z.array(z.looseObject({ kty: z.string(), kid: z.string().optional() })),
});
export type JsonWebKeySet = z.output<typeof JsonWebKeySet>;

/** RFC 8414, the fields that this backend sets. */
export const AuthorizationServer = z.looseObject({
  issuer: z.string(),
  token_endpoint: z.string(),
  introspection_endpoint: z.string(),
  /** Undefined when clients cannot revoke their tokens. */
  revocation_endpoint: z.string().optional(),
  jwks_uri: z.string(),
  grant_types_supported: z.array(z.string()),
  token_endpoint_auth_methods_supported: z.array(z.string()),
  /** Undefined when the backend does not accept assertions. */
  token_endpoint_auth_signing_alg_values_supported: z.array(z.string()).optional(),
  scopes_supported: z.array(z.string()),
});
export type AuthorizationServer = z.output<typeof AuthorizationServer>;

/** RFC 9728, the fields that this backend sets. */
export const ProtectedResource = z.looseObject({
  resource: z.string(),
  /** Undefined for the management API, whose tokens an admin makes. */
  authorization_servers: z.array(z.string()).optional(),
  scopes_supported: z.array(z.string()).optional(),
  bearer_methods_supported: z.array(z.string()),
  resource_name: z.string(),
});
export type ProtectedResource = z.output<typeof ProtectedResource>;
