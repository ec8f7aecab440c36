import { createPrivateKey, createPublicKey, KeyObject, randomUUID, sign } from "node:crypto";
import { z } from "zod";
import { ValidationError } from "../client/errors";
import { parseInput } from "../client/request";
import { ClientId } from "../schemas/fields";
import { ASSERTION_ALGORITHMS, type AssertionAlgorithm } from "../schemas/public-key";
import { readPublicKey } from "./public-key";

/** Maximum lifetime of an assertion, in seconds. */
const LIFETIME_MAX = 600;

const Facts = z.object({
  clientId: ClientId,
  audience: z.string().min(1),
  algorithm: z.enum(ASSERTION_ALGORITHMS).optional(),
  keyId: z.string().min(1).optional(),
  lifetimeSeconds: z.number().int().min(1).max(LIFETIME_MAX).default(60),
});

/** The claims of an assertion and the key that signs it. */
export interface AssertionArgs {
  /** The client that asks for a token. */
  readonly clientId: string;
  /** PKCS 8, PKCS 1 or SEC 1 as PEM text without a passphrase, or a `KeyObject`. */
  readonly privateKey: string | KeyObject;
  /** The address of the token endpoint, or the backend's issuer: see `oauth.metadata()`. */
  readonly audience: string;
  /**
   * An algorithm that the type and size of the key support.
   * @default RS256 for an RSA key, the algorithm of the curve for an EC key
   */
  readonly algorithm?: AssertionAlgorithm | undefined;
  /** The label or the fingerprint of the key, so that the backend tries only this key. */
  readonly keyId?: string | undefined;
  /**
   * How long the assertion is valid, 1 to 600 seconds; it works once.
   * @default 60
   */
  readonly lifetimeSeconds?: number | undefined;
}

/**
 * Signs an assertion, which a client uses instead of a secret to get an access token (RFC 7523). Sign one for each
 * request.
 *
 * @throws PublicKeyError for a key of a type or size that the platform does not support; ValidationError for an
 * algorithm that the key does not support, a private key that cannot be read, or another argument that is not valid.
 *
 * @example
 * ```ts
 * const { issuer } = await access.oauth.metadata();
 * const assertion = signAssertion({ clientId, privateKey, audience: issuer });
 * const { access_token } = await access.oauth.token({ assertion });
 * ```
 */
export function signAssertion({ privateKey, ...args }: AssertionArgs): string {
  const { clientId, audience, keyId, lifetimeSeconds, algorithm: wanted } = parseInput("signAssertion", Facts, args);
  const key = readPrivateKey(privateKey);
  const algorithm = algorithmFor(key, wanted);
  const now = Math.floor(Date.now() / 1_000);
  const header = { alg: algorithm, typ: "JWT", ...(keyId !== undefined && { kid: keyId }) };
  const claims = {
    iss: clientId,
    sub: clientId,
    aud: audience,
    iat: now,
    exp: now + lifetimeSeconds,
    jti: randomUUID(),
  };
  const signed = `${encode(header)}.${encode(claims)}`;
  // RFC 7518, section 3.4: the two numbers of an ECDSA signature side by side, not in OpenSSL's DER format.
  const signature = sign(`sha${algorithm.slice(2)}`, Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function readPrivateKey(key: string | KeyObject): KeyObject {
  if (key instanceof KeyObject && key.type === "private") return key;
  try {
    if (typeof key === "string") return createPrivateKey(key);
  } catch {
    // OpenSSL's message does not help people, and could repeat a part of the key.
  }
  throw refused("privateKey", "it cannot be read: it must be the PEM text of a private key without a passphrase");
}

function algorithmFor(key: KeyObject, wanted: AssertionAlgorithm | undefined): AssertionAlgorithm {
  const spki = createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
  const { algorithms } = readPublicKey(spki);
  const algorithm = algorithms.find((allowed) => wanted === undefined || allowed === wanted);
  if (algorithm !== undefined) return algorithm;
  throw refused("algorithm", `the key does not allow ${wanted}: it allows ${algorithms.join(", ")}`);
}

function refused(field: string, message: string): ValidationError {
  const detail = `${field}: ${message}`;
  return new ValidationError(`signAssertion: ${detail}`, {
    code: "validation_failed",
    detail,
    errors: [{ field, message }],
  });
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}
