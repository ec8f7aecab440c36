import type { FastifyInstance } from "fastify";
import { databaseFailureOf } from "../database/failures";
import { SharedReads } from "../database/shared-reads";
import type { Authorize } from "../http/authorization";
import { repeat } from "../http/repeated-work";
import type { Services } from "../http/services";
import { findTokenClients, type TokenClientQuery } from "../store/client-credentials";
import { Guesses } from "./guesses";
import { IssuerKeys } from "./issuer-keys";
import type { AssertionsWithoutJti } from "./oauth-services";
import { oauthRoutes } from "./routes";
import { SigningKeys } from "./signing-keys";
import { UseRecorder } from "./use-recorder";
import { VerifiedTokens } from "./verified-tokens";

const FLUSH_MS = 30_000;
const MAINTENANCE_MS = 60 * 60_000;

export interface OAuthSettings {
  readonly services: Services;
  readonly authorize: Authorize;
  /** Encrypts the private signing keys in the database; null stores them as they are. */
  readonly key: Uint8Array | null;
  /** The clients whose assertions may lack a jti. */
  readonly assertionsWithoutJti: AssertionsWithoutJti;
}

/** Adds the OAuth endpoints, and what runs beside them: the rotation of keys and the record of uses. Returns the keys. */
export async function registerOAuth(app: FastifyInstance, settings: OAuthSettings): Promise<SigningKeys> {
  const { services, authorize, key, assertionsWithoutJti } = settings;
  const { db } = services.database;
  const signingKeys = new SigningKeys({ db, key, now: services.clock });
  const uses = new UseRecorder(db);
  const tokenClients = new SharedReads((queries: readonly TokenClientQuery[]) => findTokenClients(db, queries));
  await signingKeys.maintain();
  const stopMaintenance = repeat(app, MAINTENANCE_MS, () => signingKeys.maintain());
  const stopFlushing = repeat(app, FLUSH_MS, () => uses.flush());
  app.addHook("onClose", async () => {
    await Promise.all([stopMaintenance(), stopFlushing()]);
    try {
      await uses.flush();
    } catch (error) {
      // The time of a last use is not worth a stop that fails; a first use is written before its token is answered.
      if (databaseFailureOf(error) === null) throw error;
      app.log.warn({ err: error }, "the latest uses of credentials could not be written");
    }
  });
  const { clientTokens, addressTokens } = services.limits;
  const all = {
    ...services,
    guesses: new Guesses({ ofClient: clientTokens, fromAddress: addressTokens }, services.clock),
    signingKeys,
    issuerKeys: new IssuerKeys(services.clock),
    uses,
    assertionsWithoutJti,
    verifiedTokens: new VerifiedTokens(),
    tokenClients,
  };
  await app.register(oauthRoutes, { services: all, authorize });
  return signingKeys;
}
