import { hashSecret, isSameHash } from "../credentials/secrets";
import type { ClientSecret, TokenClient } from "../store/client-credentials";
import { OAuthError } from "./oauth-error";
import type { PresentedSecret } from "./presented-secret";

// Compared when there is no secret to compare with, so that an unknown client costs what a wrong secret costs.
const NO_SECRET: ClientSecret = { id: "", hash: new Uint8Array(32), firstUsedTime: null };

/** The secret of the client that was presented; the answer to an unknown client and to a wrong secret is the same. */
export function verifySecret(client: TokenClient | null, presented: PresentedSecret): ClientSecret {
  const hash = hashSecret(presented.secret);
  const secrets = client === null || client.secrets.length === 0 ? [NO_SECRET] : client.secrets;
  // Every secret is compared, also after a match.
  const matching = secrets.filter((secret) => isSameHash(secret.hash, hash) && secret !== NO_SECRET);
  const [secret] = matching;
  if (secret === undefined) throw wrongSecret();
  return secret;
}

export function wrongSecret(): OAuthError {
  return new OAuthError("invalid_client", "the client is unknown or its secret is wrong");
}
