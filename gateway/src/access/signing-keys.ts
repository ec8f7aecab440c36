import { type CryptoKey, importJWK, type JWK } from "jose";
import type { JsonWebKeySet } from "xtremepush-access";

/** Tokens of other algorithms are not the backend's. */
export const TOKEN_ALGORITHM = "ES256";

/** The public keys that access tokens are verified with, by their IDs. The backend lists a key before it signs with it. */
export class SigningKeys {
  #set: JsonWebKeySet = { keys: [] };
  #keys: ReadonlyMap<string, CryptoKey> = new Map();

  /** The keys as the backend lists them. */
  get set(): JsonWebKeySet {
    return this.#set;
  }

  /** Finds a key; tokens of one that the backend lists no more are over. */
  find(kid: string): CryptoKey | undefined {
    return this.#keys.get(kid);
  }

  /** Takes keys in place of those before. @returns whether they are others. */
  async replace(set: JsonWebKeySet): Promise<boolean> {
    if (JSON.stringify(set) === JSON.stringify(this.#set)) return false;
    // A key set of the backend has keys of RFC 7517.
    const usable = (set.keys as readonly JWK[]).filter(isUsable);
    this.#keys = new Map(await Promise.all(usable.map(async (jwk) => [jwk.kid, await importKey(jwk)] as const)));
    this.#set = set;
    return true;
  }
}

function isUsable(jwk: JWK): jwk is JWK & { readonly kid: string } {
  const isCurve = jwk.kty === "EC" && jwk.crv === "P-256" && typeof jwk.kid === "string";
  return isCurve && (jwk.alg ?? TOKEN_ALGORITHM) === TOKEN_ALGORITHM && (jwk.use ?? "sig") === "sig";
}

async function importKey({ kty, crv, x, y }: JWK): Promise<CryptoKey> {
  // Only the public members: a private key that is listed by mistake is not kept. A key of kty EC is never bytes.
  const members = { ...(kty && { kty }), ...(crv && { crv }), ...(x && { x }), ...(y && { y }) };
  return (await importJWK(members, TOKEN_ALGORITHM)) as CryptoKey;
}
