import { TOKEN_EXCHANGE_GRANT, type TokenAnswer } from "xtremepush-access/schemas";
import { audienceOf, signAccessToken, TOKEN_LIFETIME_S } from "./access-token";
import { admitClient, type ClientRequest } from "./client-authentication";
import type { Form } from "./form";
import { resolveScope } from "./granted-scope";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { JWT_BEARER_GRANT } from "./presented-assertion";

/** Answers a token request: RFC 6749, section 4.4, and RFC 7523. */
export async function answerTokenRequest(services: OAuthServices, request: ClientRequest): Promise<TokenAnswer> {
  const { form } = request;
  assertGrantType(form);
  assertResource(form, audienceOf(services.issuer));
  const { id: client, project, revision, permissions } = await admitClient(services, request);
  const scope = resolveScope(permissions, form.get("scope")).join(" ");
  const accessToken = await signAccessToken(services, { client, project, revision, scope });
  services.metrics.tokensIssued.inc();
  return { access_token: accessToken, token_type: "Bearer", expires_in: TOKEN_LIFETIME_S, scope };
}

/** RFC 8707: a client may name the API that it asks for, and every token is for the same one. */
function assertResource(form: Form, audience: string): void {
  const resource = form.get("resource");
  if (resource === undefined || resource === audience) return;
  throw new OAuthError("invalid_target", `tokens are for ${audience} only: send that as resource, or none`);
}

function assertGrantType(form: Form): void {
  const grantType = form.get("grant_type");
  if (grantType === undefined)
    throw new OAuthError("invalid_request", "grant_type is missing: send client_credentials");
  if (grantType !== "client_credentials" && grantType !== JWT_BEARER_GRANT) {
    throw new OAuthError(
      "unsupported_grant_type",
      `the grant_types are client_credentials, ${JWT_BEARER_GRANT} and ${TOKEN_EXCHANGE_GRANT}`,
    );
  }
}
