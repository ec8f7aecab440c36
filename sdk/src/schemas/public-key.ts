import { z } from "zod";
import { freeze } from "../catalog/freeze";
import { Time } from "./fields";

/** The signature algorithms of RFC 7518, section 3.1, that the platform supports for assertions. */
export const ASSERTION_ALGORITHMS = freeze(["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"]);
export type AssertionAlgorithm = (typeof ASSERTION_ALGORITHMS)[number];

/** Maximum number of public keys of a client. */
export const PUBLIC_KEYS_MAX = 10;
/** Maximum length of the PEM text of a key or a certificate, in characters. */
export const PEM_MAX = 20_000;

const LABEL_RULE = "a label is 1 to 63 letters, digits and inner dots, - or _";

const LABEL = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** The name of a key, unique within its client, such as `2026-q4`. */
export const KeyLabel = z.string().regex(LABEL, LABEL_RULE);

/** An X.509 certificate or an SPKI public key as PEM text; `readPublicKey` checks its contents. */
const PublicKeyPem = z.string().max(PEM_MAX, `a key must not be longer than ${PEM_MAX} characters`);

/** Keys by label, in a request. */
export const PublicKeySet = z
  .record(z.string(), z.string().meta({ maxLength: PEM_MAX }))
  // For a JSON Schema, which cannot see the rules below.
  .meta({ maxProperties: PUBLIC_KEYS_MAX, propertyNames: { pattern: LABEL.source } })
  .refine((keys) => Object.keys(keys).length <= PUBLIC_KEYS_MAX, {
    error: `a client has at most ${PUBLIC_KEYS_MAX} public keys`,
    abort: true,
  })
  // Not as the key schema of the record: its error would repeat the label, which may be a PEM text in the wrong place.
  .refine((keys) => Object.keys(keys).every(isLabel), { error: LABEL_RULE, abort: true })
  .pipe(z.record(z.string(), PublicKeyPem));

function isLabel(text: string): boolean {
  return KeyLabel.safeParse(text).success;
}

/** A key that verifies the assertions of a client, until its certificate expires. */
export const PublicKey = z.looseObject({
  /** Normalized by the backend: one block, 64 characters a line, with a newline at the end. */
  pem: z.string(),
  /** `certificate` (X.509) or `public-key` (SPKI). */
  type: z.string(),
  /** The algorithms that the backend accepts; they follow from the size of the key. */
  algorithms: z.array(z.string()),
  /** SHA-256 of the SPKI, in lower-case hexadecimal. */
  fingerprint: z.string(),
  /** When a certificate becomes valid; null for a bare key. */
  notBefore: Time.nullable(),
  /** When a certificate expires; null for a bare key, which does not expire. */
  expiresTime: Time.nullable(),
});
export type PublicKey = z.output<typeof PublicKey>;
