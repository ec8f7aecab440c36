import type { ClientPublicKey, ClientSecret } from "../store/client-credentials";
import { verifyAssertion } from "./assertion";
import { verifySecret } from "./client-secret";
import { audiencesOf } from "./metadata";
import { OAuthError, WrongProof } from "./oauth-error";
import type { OAuthServices } from "./oauth-services";
import { type PresentedClient, queriedId } from "./presented-client";
import { tooMany } from "./token-limits";

/** A client and the credentials that have proved it. */
interface ProvenClient {
  readonly client: { readonly id: string };
  readonly proofs: readonly { readonly credential: ClientSecret | ClientPublicKey }[];
}

/**
 * Authenticates a client. After too many failed attempts at it, or from its address, the next wrong one is answered with 429 and
 * the right one as ever. Of an address with too many, only what has proved the client before is looked at.
 */
export async function limitGuesses<Proven extends ProvenClient>(
  services: OAuthServices,
  { presented, address }: { readonly presented: PresentedClient; readonly address: string },
  authenticate: () => Promise<Proven>,
): Promise<Proven> {
  const { guesses, metrics } = services;
  const attempt = guesses.begin(queriedId(presented.clientId), address);
  let isFailed = false;
  try {
    if (attempt.isAddressOver && !(await wasProven(services, presented))) {
      metrics.guesses.inc({ result: "limited" });
      throw tooManyGuesses(attempt.waitS);
    }
    const authentication = await authenticate();
    for (const { credential } of authentication.proofs) guesses.remember(authentication.client.id, credential);
    return authentication;
  } catch (error) {
    if (!(error instanceof WrongProof)) throw error;
    isFailed = true;
    metrics.guesses.inc({ result: attempt.waitS > 0 ? "limited" : "wrong" });
    throw attempt.waitS > 0 ? tooManyGuesses(attempt.waitS, error) : error;
  } finally {
    if (!isFailed) attempt.takeBack();
  }
}

function tooManyGuesses(waitS: number, cause?: WrongProof): OAuthError {
  return tooMany("wrong secrets or assertions for this client or from this address", { waitS, cause });
}

/** It takes as long for a client that has proved nothing, and for one that does not exist. */
async function wasProven(services: OAuthServices, { clientId, secret, assertion }: PresentedClient): Promise<boolean> {
  const { secrets, publicKeys } = services.guesses.provenBy(queriedId(clientId));
  const audience = audiencesOf(services.issuer);
  try {
    if (secret !== null) verifySecret({ secrets }, secret);
    if (assertion === null) return true;
    await verifyAssertion(assertion, { keys: publicKeys, audience, now: services.clock(), isJtiOptional: true });
    return true;
  } catch (error) {
    if (!(error instanceof OAuthError)) throw error;
    // One of its keys has signed what is wrong otherwise, which the whole check says.
    return !(error instanceof WrongProof);
  }
}
