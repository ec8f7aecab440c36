import { z } from "zod";
import { frozen } from "../catalog/frozen";
import { Time } from "./fields";

/** The signature algorithms of assertions: RFC 7518, section 3.1, those that the platform takes. */
export const ASSERTION_ALGORITHMS = frozen(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]);
/** One of ASSERTION_ALGORITHMS. */
export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/** Most public keys of one client. */
export const PUBLIC_KEYS_MAX = 10;
/** Longest PEM text of a key or a certificate, in characters. */
export const PEM_MAX = 20_000;

const LABEL_RULE = "a label is 1 to 63 letters, digits and inner dots, - or _";

/** The name of a key within its client, as people tell keys apart: `2026-q4`. */
export const KeyLabel = z.string().regex(/^[a-z0-9](?:[a-z0-9._-]{0,61}[a-z0-9])?$/i, LABEL_RULE);

/** An X.509 certificate or an SPKI public key as PEM text; what it holds is checked where it is read. */
const PublicKeyPem = z.string().max(PEM_MAX, `a key must not be longer than ${PEM_MAX} characters`);

/** Keys by label, in a request. */
export const PublicKeySet = z
  .record(z.string(), z.string())
  .refine((keys) => Object.keys(keys).length <= PUBLIC_KEYS_MAX, {
    error: `at most ${PUBLIC_KEYS_MAX} public keys of one client`,
    abort: true,
  })
  // Not as keys of the record: an error names the key, and a key may be a PEM text in the wrong place.
  .refine((keys) => Object.keys(keys).every(isLabel), { error: LABEL_RULE, abort: true })
  .pipe(z.record(z.string(), PublicKeyPem));

function isLabel(text: string): boolean {
  return KeyLabel.safeParse(text).success;
}

/** Verifies the assertions that a client signs, until its certificate ends. */
export const PublicKey = z.looseObject({
  /** As the backend keeps it: one block, 64 characters a line, a newline at its end. */
  pem: z.string(),
  /** `certificate` (X.509) or `public-key` (SPKI). */
  type: z.string(),
  /** The algorithms of which a signature is taken; the size of the key decides. */
  algorithms: z.array(z.string()),
  /** SHA-256 of the SPKI, in lower-case hexadecimal. */
  fingerprint: z.string(),
  /** From when on a certificate is valid; null for a bare key. */
  notBefore: Time.nullable(),
  /** Until when a certificate is valid; null for a bare key, which does not end. */
  expiresTime: Time.nullable(),
});
export type PublicKey = z.output<typeof PublicKey>;
