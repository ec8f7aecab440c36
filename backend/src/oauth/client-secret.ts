import { hashSecret, isSameHash, isWellFormed } from "../credentials/secrets";
import type { ClientSecret, TokenClient } from "../store/client-credentials";
import { UNKNOWN_CLIENT, WrongProof } from "./oauth-error";
import type { PresentedSecret } from "./presented-secret";

// Compared when there is no secret to compare with, so that an unknown client costs what a wrong secret costs.
const NO_SECRET: ClientSecret = { id: "", hash: new Uint8Array(32), firstUsedTime: null };

/** The secret of the client that was presented; the answer to an unknown client and to a wrong secret is the same. */
export function verifySecret(client: Pick<TokenClient, "secrets"> | null, presented: PresentedSecret): ClientSecret {
  const hash = hashSecret(presented.secret);
  const secrets = client === null || client.secrets.length === 0 ? [NO_SECRET] : client.secrets;
  // Every secret is compared, also after a match.
  const matching = secrets.filter((secret) => isSameHash(secret.hash, hash) && secret !== NO_SECRET);
  const [secret] = matching;
  if (secret === undefined) throw wrongSecret(reasonOf(client, presented));
  return secret;
}

export function wrongSecret(reason: string): WrongProof {
  return new WrongProof("invalid_client", "the client is unknown or its secret is wrong", reason);
}

function reasonOf(client: Pick<TokenClient, "secrets"> | null, { secret }: PresentedSecret): string {
  // Looked at first, so that an unknown client takes as long.
  const hasTypo = !isWellFormed("xpcs", secret);
  if (client === null) return UNKNOWN_CLIENT;
  if (client.secrets.length === 0) return "the client has no live secret";
  return hasTypo
    ? "the secret is not a client secret (xpcs_ and 49 characters), or has a typo"
    : "the secret is not a live one of the client: it was replaced, has ended, or belongs to another client or backend";
}
