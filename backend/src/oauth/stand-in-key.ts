import { createPublicKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import type { AssertionAlgorithm } from "xtremepush-access/schemas";

const MADE = new Map<AssertionAlgorithm, string>();

/** A public key without an owner. Verifying with it makes an unknown client cost the same time as a known one. */
export function standInKey(algorithm: AssertionAlgorithm): string {
  const made = MADE.get(algorithm) ?? KINDS[algorithm]().export({ type: "spki", format: "pem" }).toString();
  MADE.set(algorithm, made);
  return made;
}

const KINDS = {
  RS256: () => rsa(2_048),
  RS384: () => rsa(4_096),
  RS512: () => rsa(8_192),
  ES256: () => ec("P-256"),
  ES384: () => ec("P-384"),
  ES512: () => ec("P-521"),
} as const satisfies Record<AssertionAlgorithm, () => KeyObject>;

// Any odd number works as the modulus, because nothing is ever signed with this key; finding two primes takes seconds.
function rsa(bits: number): KeyObject {
  const modulus = randomBytes(bits / 8);
  modulus[0] = 0xff;
  modulus[modulus.length - 1] = 0xff;
  return createPublicKey({ key: { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" }, format: "jwk" });
}

function ec(namedCurve: string): KeyObject {
  return generateKeyPairSync("ec", { namedCurve }).publicKey;
}
