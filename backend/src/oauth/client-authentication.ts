import { createHash } from "node:crypto";
import type { Connection } from "../database/transaction";
import { inTransaction } from "../database/transaction";
import type { TokenKey } from "../store/access-tokens";
import { insertAssertion } from "../store/assertions";
import { type ClientPublicKey, type ClientSecret, recordFirstUse, type TokenClient } from "../store/client-credentials";
import { unproven, usedBefore, verifyAssertion } from "./assertion";
import { verifySecret, wrongSecret } from "./client-secret";
import { limitGuesses } from "./limited-guesses";
import { audiencesOf } from "./metadata";
import { type OAuthError, UNKNOWN_CLIENT } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import type { PresentedAssertion } from "./presented-assertion";
import { type PresentedClient, queriedId, readPresentedClient, type ShownCredentials } from "./presented-client";
import type { PresentedSecret } from "./presented-secret";

/** An authenticated client and what it has shown. */
export interface ClientAuthentication {
  readonly client: TokenClient;
  /** One, or the secret and the key of a grant whose client also sends its secret. */
  readonly proofs: readonly Proof[];
  readonly time: Date;
  /** Null without an assertion, and for one without a jti. */
  readonly assertion: UsedAssertion | null;
}

interface Proof {
  readonly credential: ClientSecret | ClientPublicKey;
  /** The answer when the credential was revoked meanwhile. */
  readonly refuse: () => OAuthError;
}

/** What is remembered of an assertion, because it counts once. */
interface UsedAssertion {
  readonly presented: PresentedAssertion;
  readonly jtiHash: Uint8Array;
  readonly expiresTime: Date;
}

/** What the endpoints for clients look at of a request. */
export interface ClientRequest extends ShownCredentials {
  /** The address of the caller, or the network that is all of one caller. */
  readonly address: string;
  /** Counts the request of a client that has shown who it is. @throws OAuthError when there were too many. */
  readonly countClient: (client: string) => Promise<void>;
}

/** Authenticates the client of a request, counts the request, and remembers the use. */
export async function admitClient(
  services: OAuthServices,
  request: ClientRequest,
  accessToken: TokenKey | null = null,
): Promise<TokenClient> {
  const presented = readPresentedClient(request);
  const authentication = await limitGuesses(services, { presented, address: request.address }, () =>
    authenticateClient(services, presented, accessToken),
  );
  await request.countClient(authentication.client.id);
  await recordAuthentication(services, authentication);
  return authentication.client;
}

/** Finds the client that a request is from. @throws OAuthError when that is not proven. */
async function authenticateClient(
  services: OAuthServices,
  { secret, assertion }: PresentedClient,
  accessToken: TokenKey | null,
): Promise<ClientAuthentication> {
  if (assertion === null) return authenticateBySecret(services, secret, accessToken);
  const bySecret = secret === null ? null : await authenticateBySecret(services, secret, accessToken);
  const byAssertion = await authenticateByAssertion(services, assertion, accessToken);
  return { ...byAssertion, proofs: [...(bySecret?.proofs ?? []), ...byAssertion.proofs] };
}

/** Finds the client whose secret was presented. */
async function authenticateBySecret(
  services: OAuthServices,
  presented: PresentedSecret,
  accessToken: TokenKey | null,
): Promise<ClientAuthentication> {
  const time = services.clock();
  const id = queriedId(presented.clientId);
  const client = await services.tokenClients.find({
    client: id,
    kind: "secret",
    jtiHash: null,
    now: time,
    accessToken,
  });
  const credential = verifySecret(client, presented);
  if (client === null) throw wrongSecret(UNKNOWN_CLIENT);
  const refuse = () => wrongSecret("the secret was ended while the client asked");
  return { client, proofs: [{ credential, refuse }], time, assertion: null };
}

/** Finds the client whose key signed an assertion. @throws OAuthError when there is none, or it was used before. */
export async function authenticateByAssertion(
  services: OAuthServices,
  presented: PresentedAssertion,
  accessToken: TokenKey | null = null,
): Promise<ClientAuthentication> {
  const time = services.clock();
  const { jti, clientId } = presented;
  const jtiHash = jti === undefined ? null : createHash("sha256").update(jti).digest();
  const query = { client: queriedId(clientId), kind: "public-key", jtiHash, now: time, accessToken } as const;
  const client = await services.tokenClients.find(query);
  const { issuer, assertionsWithoutJti } = services;
  const isJtiOptional = assertionsWithoutJti === "all" || assertionsWithoutJti.includes(clientId);
  const keys = client?.publicKeys ?? null;
  const check = { keys, audience: audiencesOf(issuer), now: time, isJtiOptional };
  const { key, expiresTime } = await verifyAssertion(presented, check);
  if (client === null) throw unproven(presented, UNKNOWN_CLIENT);
  // Before the client's requests are counted, so that a stranger with a used one cannot use up the client's share.
  if (client.assertionUsed) throw usedBefore(presented);
  const assertion = jtiHash === null ? null : { presented, jtiHash, expiresTime };
  const refuse = () => unproven(presented, "the key was removed while the client asked");
  return { client, proofs: [{ credential: key, refuse }], time, assertion };
}

/**
 * Remembers the use, the assertion and a first use together or not at all.
 *
 * @throws OAuthError when the credential was revoked, or the assertion used, meanwhile.
 */
export async function recordAuthentication(
  services: OAuthServices,
  { client, proofs, time, assertion }: ClientAuthentication,
): Promise<void> {
  const { db } = services.database;
  const firsts = proofs.filter(({ credential }) => credential.firstUsedTime === null);
  const useOf = ({ credential }: Proof) => ({ credential: credential.id, client: client.id, time });
  const record = async (connection: Connection): Promise<void> => {
    if (assertion !== null) await spend(connection, client, assertion);
    for (const proof of firsts) if (!(await recordFirstUse(connection, useOf(proof)))) throw proof.refuse();
  };
  // One statement needs no transaction around it.
  await (firsts.length === 0 ? record(db) : inTransaction(db, record));
  for (const proof of proofs) if (!firsts.includes(proof)) services.uses.later(useOf(proof));
}

async function spend(connection: Connection, { id }: TokenClient, assertion: UsedAssertion): Promise<void> {
  const { presented, jtiHash, expiresTime } = assertion;
  if (!(await insertAssertion(connection, { client: id, jtiHash, expiresTime }))) throw usedBefore(presented);
}
