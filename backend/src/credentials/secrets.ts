import { createHash, randomInt, timingSafeEqual } from "node:crypto";
import { crc32 } from "node:zlib";

/** What a secret opens: a client's OAuth credential, or the management API for an actor. */
export type SecretKind = "xpcs" | "xpat";

/** Creates a secret: its kind, 43 random characters of base62 (256 bits) and 6 of checksum. */
export function makeSecret(kind: SecretKind): string {
  const random = Array.from({ length: RANDOM_LENGTH }, () => BASE62.charAt(randomInt(BASE62.length))).join("");
  return `${kind}_${random}${checksum(`${kind}_${random}`)}`;
}

/** Checks the checksum, which finds a typo. The secret need not be a known one. */
export function isWellFormed(kind: SecretKind, text: string): boolean {
  if (!SHAPES[kind].test(text)) return false;
  return checksum(text.slice(0, -CHECKSUM_LENGTH)) === text.slice(-CHECKSUM_LENGTH);
}

/** Hashes a secret for storage. A plain hash is enough, because 256 random bits cannot be guessed. */
export function hashSecret(secret: string): Buffer {
  return createHash("sha256").update(secret).digest();
}

/** Compares two hashes of secrets in constant time. */
export function isSameHash(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}

const RANDOM_LENGTH = 43;
const CHECKSUM_LENGTH = 6;
const BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
const SHAPES = { xpcs: /^xpcs_[0-9A-Za-z]{49}$/, xpat: /^xpat_[0-9A-Za-z]{49}$/ } as const;

/** CRC-32 in base62, as GitHub does it: https://github.blog/engineering/behind-githubs-new-authentication-token-formats/ */
function checksum(text: string): string {
  let rest = crc32(text);
  let digits = "";
  for (let index = 0; index < CHECKSUM_LENGTH; index++) {
    digits = BASE62.charAt(rest % BASE62.length) + digits;
    rest = Math.floor(rest / BASE62.length);
  }
  return digits;
}
