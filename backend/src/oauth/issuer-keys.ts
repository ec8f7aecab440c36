import {
  createLocalJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from "jose";
import { JsonWebKeySet } from "xtremepush-access/schemas";
import { isLoopback } from "xtremepush-access/text";
import { z } from "zod";

/** After this time the keys are fetched again. */
const FRESH_MS = 10 * 60_000;
/** For so long they are used while the issuer does not answer. */
const KEPT_MS = 24 * 3_600_000;
/** How long the next fetch waits after one, whoever asks with whatever key. */
const PAUSE_MS = 30_000;
const TIMEOUT_MS = 5_000;
const ANSWER_MAX_BYTES = 256 * 1024;

/** The issuer did not answer as OpenID Connect Discovery says, and no keys of before are left. */
export class IssuerUnavailableError extends Error {
  override readonly name = "IssuerUnavailableError";
}

/** The key that a token names is published, but cannot verify anything. */
export class UnusableKeyError extends Error {
  override readonly name = "UnusableKeyError";
}

/** Errors that another key could put right. */
const MAY_BE_NEWER = [
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
  errors.JWSSignatureVerificationFailed,
  UnusableKeyError,
];

async function verifyWith(keys: JSONWebKeySet, token: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
  try {
    return await jwtVerify(token, createLocalJWKSet(keys), options);
  } catch (error) {
    if (error instanceof errors.JOSEError) throw error;
    // jose and Node.js have no class of their own for what is wrong with a key, such as an RSA key of 1024 bits.
    throw new UnusableKeyError(error instanceof Error ? error.message : String(error));
  }
}

interface Fetched {
  readonly keys: JSONWebKeySet | null;
  /** When `keys` were fetched, and when that was last tried. */
  readonly fetchedMs: number;
  readonly triedMs: number;
}

/** Fetches JSON. @throws Error that says in a few words what is wrong. */
export type FetchJson = (url: URL) => Promise<unknown>;

/** The keys of issuers, found by OpenID Connect Discovery. */
export class IssuerKeys {
  readonly #now: () => Date;
  readonly #fetch: FetchJson;
  readonly #fetched = new Map<string, Fetched>();
  readonly #fetching = new Map<string, Promise<Fetched>>();

  constructor(now: () => Date, fetch: FetchJson = fetchJson) {
    this.#now = now;
    this.#fetch = fetch;
  }

  /**
   * Verifies a token of an issuer. When no key fits, they are fetched again, at most twice a minute: an issuer may have a new
   * one, also under the name of another.
   *
   * @throws JOSEError when the token is not valid, UnusableKeyError when its key is too weak or broken,
   * IssuerUnavailableError when there are no keys.
   */
  async verify(token: string, issuer: string, options: JWTVerifyOptions): Promise<JWTVerifyResult> {
    const keys = await this.#find(issuer, FRESH_MS);
    try {
      return await verifyWith(keys, token, options);
    } catch (error) {
      if (!MAY_BE_NEWER.some((kind) => error instanceof kind)) throw error;
      const newer = await this.#find(issuer, PAUSE_MS);
      if (newer === keys) throw error;
      return verifyWith(newer, token, options);
    }
  }

  /** Finds keys that are not older than that, if the issuer answers. */
  async #find(issuer: string, maxAgeMs: number): Promise<JSONWebKeySet> {
    const now = this.#now().getTime();
    const known = this.#fetched.get(issuer);
    const mustFetch = known === undefined || now - known.fetchedMs >= maxAgeMs || known.keys === null;
    const mayFetch = known === undefined || now - known.triedMs >= PAUSE_MS;
    const { keys, fetchedMs } = mustFetch && mayFetch ? await this.#fetchOnce(issuer) : (known ?? NOTHING);
    if (keys !== null && now - fetchedMs < KEPT_MS) return keys;
    throw new IssuerUnavailableError(`the issuer ${issuer} does not answer with its keys`);
  }

  #fetchOnce(issuer: string): Promise<Fetched> {
    const running = this.#fetching.get(issuer) ?? this.#fetchKeys(issuer).finally(() => this.#fetching.delete(issuer));
    this.#fetching.set(issuer, running);
    return running;
  }

  async #fetchKeys(issuer: string): Promise<Fetched> {
    const triedMs = this.#now().getTime();
    const keys = await this.#discover(issuer).catch(() => null);
    const before = this.#fetched.get(issuer) ?? NOTHING;
    const fetched = keys === null ? { ...before, triedMs } : { keys, fetchedMs: triedMs, triedMs };
    this.#fetched.set(issuer, fetched);
    return fetched;
  }

  async #discover(issuer: string): Promise<JSONWebKeySet> {
    const discovery = new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    const { issuer: named, jwks_uri } = Discovery.parse(await this.#fetch(discovery));
    if (named !== issuer) throw new Error("the document is of another issuer");
    const url = new URL(jwks_uri);
    const isSafe = url.protocol === "https:" || (url.protocol === "http:" && isLoopback(url.hostname));
    if (!isSafe) throw new Error("the keys are not at an https: address");
    return JsonWebKeySet.parse(await this.#fetch(url)) as JSONWebKeySet;
  }
}

const NOTHING: Fetched = { keys: null, fetchedMs: Number.NEGATIVE_INFINITY, triedMs: Number.NEGATIVE_INFINITY };

const Discovery = z.looseObject({ issuer: z.string(), jwks_uri: z.string() });

async function fetchJson(url: URL): Promise<unknown> {
  const headers = { accept: "application/json" };
  const answer = await fetch(url, { headers, redirect: "error", signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!answer.ok || answer.body === null) throw new Error(`it answered ${answer.status}`);
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body) {
    bytes += part.length;
    if (bytes > ANSWER_MAX_BYTES) throw new Error("its answer is too long");
    parts.push(part);
  }
  return JSON.parse(Buffer.concat(parts).toString());
}
