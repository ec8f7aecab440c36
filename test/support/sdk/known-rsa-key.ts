import { createPrivateKey, getDiffieHellman, type KeyObject } from "node:crypto";

/** Well-known primes (RFC 2409, RFC 3526) of which the product has exactly this many bits. */
const PRIMES = { 4096: ["modp15", "modp2"], 8192: ["modp17", "modp14"] } as const;

const EXPONENT = 65_537n;

/** An RSA key that everybody can compute, as its primes are public: finding primes for 8192 bits takes up to half a minute. */
export function knownRsaKey(bits: keyof typeof PRIMES): KeyObject {
  const [p, q] = PRIMES[bits].map((group) => BigInt(`0x${getDiffieHellman(group).getPrime("hex")}`)) as [
    bigint,
    bigint,
  ];
  const d = inverse(EXPONENT, (p - 1n) * (q - 1n));
  const numbers = { n: p * q, e: EXPONENT, d, p, q, dp: d % (p - 1n), dq: d % (q - 1n), qi: inverse(q, p) };
  const jwk = Object.fromEntries(Object.entries(numbers).map(([name, number]) => [name, base64url(number)]));
  return createPrivateKey({ key: { kty: "RSA", ...jwk }, format: "jwk" });
}

/** The number that, multiplied by `number`, leaves 1 (extended Euclid). */
function inverse(number: bigint, modulus: bigint): bigint {
  let [rest, next] = [number % modulus, modulus];
  let [found, factor] = [1n, 0n];
  while (next !== 0n) {
    const quotient = rest / next;
    [rest, next] = [next, rest - quotient * next];
    [found, factor] = [factor, found - quotient * factor];
  }
  return ((found % modulus) + modulus) % modulus;
}

function base64url(number: bigint): string {
  const hex = number.toString(16);
  return Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex").toString("base64url");
}
