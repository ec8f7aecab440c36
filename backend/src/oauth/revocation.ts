import { insertRevokedToken } from "../store/access-tokens";
import { verifyAccessToken } from "./access-token";
import { admitClient, type ClientRequest } from "./client-authentication";
import { presentedToken } from "./form";
import type { OAuthServices } from "./oauth-services";

/**
 * Revokes an access token of the client that asks: RFC 7009. A token that is not live, or another client's, is answered in the
 * same way and stays as it is, so that nobody learns what it was. Only what this backend has signed leaves a row.
 */
export async function revoke(services: OAuthServices, request: ClientRequest): Promise<void> {
  const token = presentedToken(request.form);
  const client = await admitClient(services, request);
  const claims = await verifyAccessToken(services, token);
  if (claims === null || claims.client_id !== client.id) return;
  const { jti, exp } = claims;
  const row = { jti, client: client.id, expiresTime: new Date(exp * 1_000) };
  if (await insertRevokedToken(services.database.db, row)) services.metrics.tokensRevoked.inc();
}
