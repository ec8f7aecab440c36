import { createHash } from "node:crypto";
import { ClientId } from "xtremepush-access/schemas";
import { insertAssertion } from "../store/assertions";
import { type ClientCredential, findTokenClient, type TokenClient } from "../store/client-credentials";
import { unproven, usedBefore, verifyAssertion } from "./assertion";
import { verifySecret, wrongSecret } from "./client-secret";
import { audiencesOf } from "./metadata";
import type { OAuthServices } from "./oauth-services";
import type { PresentedAssertion } from "./presented-assertion";
import type { PresentedSecret } from "./presented-secret";

/** An authenticated client and the credential that it used. */
export interface ClientAuthentication {
  readonly client: TokenClient;
  readonly credential: ClientCredential;
  readonly time: Date;
  /** Null for a secret. */
  readonly assertion: UsedAssertion | null;
}

/** What is remembered of an assertion, because it counts once. */
interface UsedAssertion {
  readonly presented: PresentedAssertion;
  readonly jtiHash: Uint8Array;
  readonly expiresTime: Date;
}

/** Finds the client whose secret was presented. @throws OAuthError when there is none. */
export async function authenticateBySecret(
  services: OAuthServices,
  presented: PresentedSecret,
): Promise<ClientAuthentication> {
  const time = services.clock();
  const query = { client: queriedId(presented.clientId), kind: "secret", jtiHash: null, now: time } as const;
  const client = await findTokenClient(services.database.db, query);
  const credential = verifySecret(client, presented);
  if (client === null) throw wrongSecret();
  return { client, credential, time, assertion: null };
}

/** Finds the client whose key signed an assertion. @throws OAuthError when there is none, or it was used before. */
export async function authenticateByAssertion(
  services: OAuthServices,
  presented: PresentedAssertion,
): Promise<ClientAuthentication> {
  const time = services.clock();
  const jtiHash = createHash("sha256")
    .update(presented.jti ?? "")
    .digest();
  const query = { client: queriedId(presented.clientId), kind: "public-key", jtiHash, now: time } as const;
  const client = await findTokenClient(services.database.db, query);
  const check = { keys: client?.publicKeys ?? [], audience: audiencesOf(services.issuer), now: time };
  const { key, expiresTime } = await verifyAssertion(presented, check);
  if (client === null) throw unproven(presented);
  // Before the client's requests are counted, so that a stranger with a used one cannot use up the client's share.
  if (client.assertionUsed) throw usedBefore(presented);
  return { client, credential: key, time, assertion: { presented, jtiHash, expiresTime } };
}

/** Remembers the use. @throws OAuthError when the credential was revoked, or the assertion used, meanwhile. */
export async function recordAuthentication(
  services: OAuthServices,
  authentication: ClientAuthentication,
): Promise<void> {
  const { client, credential, time, assertion } = authentication;
  if (assertion !== null) await spend(services, client, assertion);
  const use = { credential: credential.id, client: client.id, time };
  if (credential.firstUsedTime !== null) services.uses.later(use);
  else if (!(await services.uses.first(use))) throw assertion === null ? wrongSecret() : unproven(assertion.presented);
}

async function spend({ database }: OAuthServices, { id }: TokenClient, assertion: UsedAssertion): Promise<void> {
  const { presented, jtiHash, expiresTime } = assertion;
  if (!(await insertAssertion(database.db, { client: id, jtiHash, expiresTime }))) throw usedBefore(presented);
}

// A string that cannot be a client ID is looked up as an ID that does not exist: PostgreSQL refuses some strings.
function queriedId(clientId: string): string {
  return ClientId.safeParse(clientId).success ? clientId : "none";
}
