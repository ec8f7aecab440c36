import { createPrivateKey, type KeyObject } from "node:crypto";
import { type CryptoKey, calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { Kysely } from "kysely";
import type { JsonWebKeySet } from "xtremepush-access/schemas";
import type { Schema } from "../database/schema";
import { inTransaction, lockFor } from "../database/transaction";
import {
  deleteSigningKeys,
  encryptSigningKey,
  insertSigningKey,
  listSigningKeys,
  type SigningKeyRow,
} from "../store/signing-keys";
import { seal, unseal } from "./key-encryption";
import { planKeys } from "./key-schedule";

const ALGORITHM = "ES256";
const KEY_TYPE = "EC";
// Far less than the hour for which a key is announced, so every replica shows it long before one signs with it.
const VIEW_MS = 60_000;
const RELOAD_MS = 5_000;

export interface SigningKeysOptions {
  readonly db: Kysely<Schema>;
  /** Encrypts the private parts; null stores them as they are. */
  readonly key: Uint8Array | null;
  readonly now: () => Date;
}

interface LoadedKey {
  readonly kid: string;
  readonly activeTime: Date;
  readonly publicJwk: JWK;
  readonly publicKey: CryptoKey;
  readonly privateKey: KeyObject;
}

/** This replica's view of the signing keys, which live in the database. */
export class SigningKeys {
  readonly #options: SigningKeysOptions;
  #keys: readonly LoadedKey[] = [];
  #loadedTime = Number.NEGATIVE_INFINITY;
  #loading: Promise<void> | null = null;

  constructor(options: SigningKeysOptions) {
    this.#options = options;
  }

  /** Makes the next key when one is due, deletes expired keys and encrypts stored keys when a key is set; one replica at a time. */
  async maintain(): Promise<void> {
    const { db, key, now } = this.#options;
    await inTransaction(db, async (transaction) => {
      await lockFor(transaction, "signing keys");
      const rows = await listSigningKeys(transaction);
      // A wrong key must be found out before anything is encrypted with it.
      this.#keys = await this.#loadKeys(rows);
      const { nextActiveTime, expired } = planKeys(rows, now());
      if (nextActiveTime !== null) await insertSigningKey(transaction, await makeKey(nextActiveTime, this.#options));
      await deleteSigningKeys(transaction, expired);
      if (key === null) return;
      for (const { kid, privateJwk } of rows.filter(({ encrypted }) => !encrypted)) {
        await encryptSigningKey(transaction, kid, await seal(privateJwk, key));
      }
    });
    await this.#load();
  }

  /** The key that signs now. */
  async current(): Promise<{ readonly kid: string; readonly privateKey: KeyObject }> {
    await this.#refresh(VIEW_MS);
    const { signing } = planKeys(this.#keys, this.#options.now());
    const key = this.#keys.find(({ kid }) => kid === signing);
    if (key === undefined) throw new Error("there is no signing key in the database; a start makes one");
    return key;
  }

  /** The key that verifies a token; null when no key has its kid. */
  async verifier(kid: string): Promise<CryptoKey | null> {
    if (!this.#keys.some((key) => key.kid === kid)) await this.#refresh(RELOAD_MS);
    return this.#keys.find((key) => key.kid === kid)?.publicKey ?? null;
  }

  async jwks(): Promise<JsonWebKeySet> {
    await this.#refresh(VIEW_MS);
    const how = { kty: KEY_TYPE, alg: ALGORITHM, use: "sig" };
    return { keys: this.#keys.map(({ kid, publicJwk }) => ({ ...publicJwk, kid, ...how })) };
  }

  async #refresh(age: number): Promise<void> {
    const time = this.#options.now().getTime();
    if (time - this.#loadedTime < age) return;
    this.#loading ??= this.#load().finally(() => {
      this.#loading = null;
    });
    await this.#loading;
  }

  async #load(): Promise<void> {
    const loadedTime = this.#options.now().getTime();
    this.#keys = await this.#loadKeys(await listSigningKeys(this.#options.db));
    this.#loadedTime = loadedTime;
  }

  #loadKeys(rows: readonly SigningKeyRow[]): Promise<LoadedKey[]> {
    const known = new Map(this.#keys.map((loaded) => [loaded.kid, loaded]));
    return Promise.all(rows.map((row) => known.get(row.kid) ?? loadKey(row, this.#options.key)));
  }
}

async function makeKey(activeTime: Date, { key, now }: SigningKeysOptions): Promise<SigningKeyRow> {
  const { publicKey, privateKey } = await generateKeyPair(ALGORITHM, { extractable: true });
  const publicJwk = await exportJWK(publicKey);
  return {
    kid: await calculateJwkThumbprint(publicJwk),
    alg: ALGORITHM,
    publicJwk: { ...publicJwk },
    privateJwk: await seal(JSON.stringify(await exportJWK(privateKey)), key),
    encrypted: key !== null,
    activeTime,
    createdTime: now(),
  };
}

async function loadKey(row: SigningKeyRow, key: Uint8Array | null): Promise<LoadedKey> {
  const privateJwk = JSON.parse(row.encrypted ? await unseal(row.privateJwk, key) : row.privateJwk);
  return {
    kid: row.kid,
    activeTime: row.activeTime,
    publicJwk: row.publicJwk,
    publicKey: await importKey(row.publicJwk),
    privateKey: createPrivateKey({ key: privateJwk, format: "jwk" }),
  };
}

async function importKey(jwk: JWK): Promise<CryptoKey> {
  const key = await importJWK(jwk, ALGORITHM);
  if (key instanceof Uint8Array) throw new Error(`a signing key is not an ${ALGORITHM} key`);
  return key;
}
