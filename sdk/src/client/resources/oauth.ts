import { z } from "zod";
import type { Permission } from "../../catalog";
import { PermissionSet } from "../../schemas/fields";
import { AuthorizationServer, Introspection, JsonWebKeySet, TokenAnswer } from "../../schemas/oauth";
import type { Core } from "../core";
import { type CallOptions, checked } from "../request";

const TokenRequest = z.strictObject({
  clientId: z.string().min(1),
  clientSecret: z.string().min(1),
  scope: PermissionSet.optional(),
});

/** Who asks for an access token, and for which permissions: all of the grant when `scope` is left out. */
// A typed program asks for permissions of the catalog; the schema also names the nearest one for any other text.
export type TokenRequest = Omit<z.input<typeof TokenRequest>, "scope"> & {
  readonly scope?: readonly Permission[] | undefined;
};

/** Calls of the OAuth endpoints; what they refuse is an OAuthError with the code of the RFC. */
export class OAuthCalls {
  readonly #core: Core;

  constructor(core: Core) {
    this.#core = core;
  }

  /**
   * Gets an access token by client_credentials (RFC 6749, section 4.4); needs no token of an actor.
   *
   * @throws OAuthError with `invalid_client` or `invalid_scope`; another AccessError for any other failure.
   */
  async token(request: TokenRequest, options?: CallOptions): Promise<TokenAnswer> {
    const { clientId, clientSecret, scope } = checked("oauth.token", TokenRequest, request);
    return this.#core.call({
      method: "POST",
      path: ["api", "oauth", "token"],
      form: { grant_type: "client_credentials", ...(scope && { scope: scope.join(" ") }) },
      authorization: { kind: "basic", user: clientId, password: clientSecret },
      answer: TokenAnswer,
      repeatable: true,
      options,
    });
  }

  /**
   * Tells whether an access token is active and what its client may do now (RFC 7662).
   *
   * @throws AccessError when the call fails; a token that is not active is no failure.
   */
  async introspect(token: string, options?: CallOptions): Promise<Introspection> {
    const form = { token: checked("oauth.introspect", z.string().min(1), token) };
    const path = ["api", "oauth", "introspect"];
    return this.#core.call({ method: "POST", path, form, answer: Introspection, repeatable: true, options });
  }

  /**
   * Gets the public keys that access tokens are signed with (RFC 7517); needs no token.
   *
   * @throws AccessError when the backend cannot be asked.
   */
  keys(options?: CallOptions): Promise<JsonWebKeySet> {
    const path = [".well-known", "jwks.json"];
    const authorization = { kind: "none" } as const;
    return this.#core.call({ method: "GET", path, authorization, answer: JsonWebKeySet, repeatable: true, options });
  }

  /**
   * Gets the addresses and abilities of the OAuth endpoints (RFC 8414); needs no token.
   *
   * @throws AccessError when the backend cannot be asked.
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
