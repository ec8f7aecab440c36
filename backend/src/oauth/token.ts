import type { TokenAnswer } from "xtremepush-access/schemas";
import { signAccessToken, TOKEN_LIFETIME_S } from "./access-token";
import { authenticateClient, recordAuthentication, type ShownCredentials } from "./client-authentication";
import type { Form } from "./form";
import { resolveScope } from "./granted-scope";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { JWT_BEARER_GRANT } from "./presented-assertion";

/** What the token endpoint looks at of a request. */
export interface TokenRequest extends ShownCredentials {
  /** Counts the request of a client that has shown who it is. @throws OAuthError when there were too many. */
  readonly countClient: (client: string) => Promise<void>;
}

/** Answers a token request: RFC 6749, section 4.4, and RFC 7523. */
export async function answerTokenRequest(services: OAuthServices, request: TokenRequest): Promise<TokenAnswer> {
  const { form } = request;
  assertGrantType(form);
  const authentication = await authenticateClient(services, request);
  const { client } = authentication;
  await request.countClient(client.id);
  await recordAuthentication(services, authentication);
  const scope = resolveScope(client.permissions, form.get("scope")).join(" ");
  const accessToken = await signAccessToken(services, { client: client.id, project: client.project, scope });
  services.metrics.tokensIssued.inc();
  return { access_token: accessToken, token_type: "Bearer", expires_in: TOKEN_LIFETIME_S, scope };
}

function assertGrantType(form: Form): void {
  const grantType = form.get("grant_type");
  if (grantType === undefined)
    throw new OAuthError("invalid_request", "grant_type is missing: send client_credentials");
  if (grantType !== "client_credentials" && grantType !== JWT_BEARER_GRANT) {
    throw new OAuthError("unsupported_grant_type", `the grant_types are client_credentials and ${JWT_BEARER_GRANT}`);
  }
}
