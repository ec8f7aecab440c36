import { z } from "zod";
import type { Permission } from "../../catalog";
import { PermissionSet } from "../../schemas/fields";
import { AuthorizationServer, Introspection, JsonWebKeySet, TokenAnswer } from "../../schemas/oauth";
import { ExchangeAnswer, SUBJECT_TOKEN_TYPES, TOKEN_EXCHANGE_GRANT } from "../../schemas/trust";
import type { Core } from "../core";
import { type CallOptions, parseInput } from "../request";

const scope = PermissionSet.optional();
const Text = z.string().min(1);

const SecretRequest = z.strictObject({ clientId: Text, clientSecret: Text, scope });
const AssertionRequest = z.strictObject({ assertion: Text, scope });
const ClientAssertionRequest = z.strictObject({ clientId: Text.optional(), clientAssertion: Text, scope });

// The type limits the permissions to the catalog; the schema names the nearest permission for any other string.
type Asking<Schema extends z.ZodType> = Omit<z.input<Schema>, "scope"> & {
  readonly scope?: readonly Permission[] | undefined;
};

/**
 * The client that asks for an access token, its secret or an assertion from `signAssertion`, and the permissions that
 * it asks for. Without `scope` it asks for all permissions of its grant.
 */
export type TokenRequest =
  | Asking<typeof SecretRequest>
  | Asking<typeof AssertionRequest>
  | Asking<typeof ClientAssertionRequest>;

/** How a client proves itself: by its secret, or by an assertion from `signAssertion`. */
export type ClientProof =
  | Omit<z.input<typeof SecretRequest>, "scope">
  | Omit<z.input<typeof ClientAssertionRequest>, "scope">;

/** Calls of the OAuth endpoints; a refusal is an OAuthError with the code of the RFC. */
export class OAuthResource {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Gets an access token with a secret (RFC 6749, section 4.4), with an `assertion` (RFC 7523, section 2.1), or with a
   * `clientAssertion` in place of the secret (RFC 7523, section 2.2). It needs no actor token. An assertion works once,
   * so a lost answer to a request with an assertion is not retried: sign another.
   *
   * @throws OAuthError with `invalid_client`, `invalid_grant` or `invalid_scope`; another AccessError for any other
   * failure.
   */
  async token(request: TokenRequest, options?: CallOptions): Promise<TokenAnswer> {
    const { form, scope, ...how } = proofOf("oauth.token", request);
    const path = ["api", "oauth", "token"];
    const asked = { ...form, ...(scope && { scope: scope.join(" ") }) };
    return this.#core.call({ method: "POST", path, form: asked, ...how, answer: TokenAnswer, options });
  }

  /**
   * Gets an actor's token for the ID token of a pipeline (RFC 8693). It needs no actor token.
   *
   * @throws OAuthError with `invalid_grant`, which says what about the ID token is not as an actor trusts it; another
   * AccessError for any other failure.
   */
  async exchange(idToken: string, options?: CallOptions): Promise<ExchangeAnswer> {
    const form = {
      grant_type: TOKEN_EXCHANGE_GRANT,
      subject_token: parseInput("oauth.exchange", Text, idToken),
      subject_token_type: SUBJECT_TOKEN_TYPES[0],
    };
    const how = { authorization: { kind: "none" }, repeatable: false } as const;
    const path = ["api", "oauth", "token"];
    return this.#core.call({ method: "POST", path, form, ...how, answer: ExchangeAnswer, options });
  }

  /**
   * Revokes an access token of the client (RFC 7009): from then on, introspection reports it as inactive. A token that has ended, or
   * of another client, is not a failure and stays as it is. It needs no actor token.
   *
   * @throws OAuthError with `invalid_client`; another AccessError for any other failure.
   */
  async revoke(token: string, client: ClientProof, options?: CallOptions): Promise<void> {
    const { form, scope: _scope, ...how } = proofOf("oauth.revoke", client);
    const { grant_type: _grantType, ...proof } = form;
    const path = ["api", "oauth", "revoke"];
    const asked = { ...proof, token: parseInput("oauth.revoke", Text, token) };
    await this.#core.call({ method: "POST", path, form: asked, ...how, answer: z.looseObject({}), options });
  }

  /**
   * Reads whether an access token is active and what its client may do now (RFC 7662).
   *
   * @throws AccessError when the call fails; a token that is not active is not a failure.
   */
  async introspect(token: string, options?: CallOptions): Promise<Introspection> {
    const form = { token: parseInput("oauth.introspect", z.string().min(1), token) };
    const path = ["api", "oauth", "introspect"];
    return this.#core.call({ method: "POST", path, form, answer: Introspection, repeatable: true, options });
  }

  /**
   * Gets the public keys that verify access tokens (RFC 7517). It needs no token.
   *
   * @throws AccessError when the backend cannot be reached.
   */
  keys(options?: CallOptions): Promise<JsonWebKeySet> {
    const path = [".well-known", "jwks.json"];
    const authorization = { kind: "none" } as const;
    return this.#core.call({ method: "GET", path, authorization, answer: JsonWebKeySet, repeatable: true, options });
  }

  /**
   * Gets the addresses and capabilities of the OAuth endpoints (RFC 8414). It needs no token.
   *
   * @throws AccessError when the backend cannot be reached.
   */
  metadata(options?: CallOptions): Promise<AuthorizationServer> {
    const path = [".well-known", "oauth-authorization-server"];
    const authorization = { kind: "none" } as const;
    return this.#core.call({
      method: "GET",
      path,
      authorization,
      answer: AuthorizationServer,
      repeatable: true,
      options,
    });
  }
}

/** An assertion works only for its first request. */
function proofOf(call: string, request: TokenRequest) {
  if ("assertion" in request) {
    const { assertion, scope } = parseInput(call, AssertionRequest, request);
    const form = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion };
    return { form, scope, authorization: { kind: "none" }, repeatable: false } as const;
  }
  if ("clientAssertion" in request) {
    const { clientId, clientAssertion, scope } = parseInput(call, ClientAssertionRequest, request);
    const form = {
      grant_type: "client_credentials",
      client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
      client_assertion: clientAssertion,
      ...(clientId !== undefined && { client_id: clientId }),
    };
    return { form, scope, authorization: { kind: "none" }, repeatable: false } as const;
  }
  const { clientId, clientSecret, scope } = parseInput(call, SecretRequest, request);
  const authorization = { kind: "basic", user: clientId, password: clientSecret } as const;
  return { form: { grant_type: "client_credentials" }, scope, authorization, repeatable: true } as const;
}
