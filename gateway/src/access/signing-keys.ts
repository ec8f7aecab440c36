import { type CryptoKey, importJWK, type JWK } from "jose";
import type { JsonWebKeySet } from "xtremepush-access";

/** Tokens of other algorithms are not the backend's. */
export const TOKEN_ALGORITHM = "ES256";

/** Keys that are ready to verify with. */
interface ReadKeys {
  /** As the backend lists them. */
  readonly set: JsonWebKeySet;
  readonly byId: ReadonlyMap<string, CryptoKey>;
}

/** The public keys that access tokens are verified with, by their IDs. The backend lists a key before it signs with it. */
export class SigningKeys {
  #keys: ReadKeys = { set: { keys: [] }, byId: new Map() };

  /** The keys as the backend lists them. */
  get set(): JsonWebKeySet {
    return this.#keys.set;
  }

  /** Finds a key; tokens of one that the backend lists no more are over. */
  find(kid: string): CryptoKey | undefined {
    return this.#keys.byId.get(kid);
  }

  /** Reads keys without taking them yet. One that is not usable is left out: its tokens do not count, those of the others do. */
  async read(set: JsonWebKeySet): Promise<ReadKeys> {
    if (JSON.stringify(set) === JSON.stringify(this.#keys.set)) return this.#keys;
    // A key set of the backend has keys of RFC 7517.
    const usable = (set.keys as readonly JWK[]).filter(isUsable);
    const imported = await Promise.all(usable.map(async (jwk) => [jwk.kid, await importKey(jwk)] as const));
    return { set, byId: new Map(imported.flatMap(([kid, key]) => (key === null ? [] : [[kid, key]]))) };
  }

  /** Takes keys in place of those before. @returns whether they are others. */
  replace(keys: ReadKeys): boolean {
    const areOthers = keys !== this.#keys;
    this.#keys = keys;
    return areOthers;
  }
}

function isUsable(jwk: JWK): jwk is JWK & { readonly kid: string } {
  const isCurve = jwk.kty === "EC" && jwk.crv === "P-256" && typeof jwk.kid === "string";
  return isCurve && (jwk.alg ?? TOKEN_ALGORITHM) === TOKEN_ALGORITHM && (jwk.use ?? "sig") === "sig";
}

async function importKey({ kty, crv, x, y }: JWK): Promise<CryptoKey | null> {
  // Only the public members: a private key that is listed by mistake is not kept. A key of kty EC is never bytes.
  const members = { ...(kty && { kty }), ...(crv && { crv }), ...(x && { x }), ...(y && { y }) };
  try {
    return (await importJWK(members, TOKEN_ALGORITHM)) as CryptoKey;
  } catch {
    // Of the many errors for a point that is not on the curve, or for members that are missing, each means the same.
    return null;
  }
}
