import { ClientId, type TokenAnswer } from "xtremepush-access/schemas";
import { findTokenClient, type TokenClient } from "../store/client-credentials";
import { signAccessToken, TOKEN_LIFETIME_S } from "./access-token";
import { authenticate, wrongSecret } from "./client-authentication";
import type { Form } from "./form";
import { grantedScope } from "./granted-scope";
import { OAuthError } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { type PresentedSecret, presentedSecret } from "./presented-secret";

/** What the token endpoint looks at of a request. */
export interface TokenRequest {
  readonly form: Form;
  readonly authorization: string | undefined;
  /** Counts the request of a client whose secret was right. @throws OAuthError when there were too many. */
  readonly countClient: (client: string) => Promise<void>;
}

/** Answers a token request: RFC 6749, section 4.4. */
export async function answerTokenRequest(services: OAuthServices, request: TokenRequest): Promise<TokenAnswer> {
  assertGrantType(request.form);
  const client = await authenticateClient(services, presentedSecret(request.authorization, request.form));
  await request.countClient(client.id);
  const scope = grantedScope(client.permissions, request.form.get("scope")).join(" ");
  const accessToken = await signAccessToken(services, { client: client.id, project: client.project, scope });
  services.metrics.tokensIssued.inc();
  return { access_token: accessToken, token_type: "Bearer", expires_in: TOKEN_LIFETIME_S, scope };
}

function assertGrantType(form: Form): void {
  const grantType = form.get("grant_type");
  if (grantType === undefined)
    throw new OAuthError("invalid_request", "grant_type is missing: send client_credentials");
  if (grantType !== "client_credentials") {
    throw new OAuthError("unsupported_grant_type", "the only grant_type is client_credentials");
  }
}

async function authenticateClient(services: OAuthServices, presented: PresentedSecret): Promise<TokenClient> {
  const time = services.clock();
  const client = await findTokenClient(services.database.db, queriedId(presented.clientId), time);
  const secret = authenticate(client, presented);
  if (client === null) throw wrongSecret();
  const use = { secret: secret.id, client: client.id, time };
  if (secret.firstUsedTime !== null) services.uses.later(use);
  else if (!(await services.uses.first(use))) throw wrongSecret();
  return client;
}

// A text that cannot be a client ID is looked up all the same, as one that nobody has: PostgreSQL refuses some texts.
function queriedId(clientId: string): string {
  return ClientId.safeParse(clientId).success ? clientId : "none";
}
