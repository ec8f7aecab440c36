import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { AssertionAlgorithm, PublicKey } from "../schemas/public-key";

/** A text that is no public key that the platform takes; the message never repeats any of it. */
export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
}

/** A public key with the algorithms that this package knows. */
export interface ReadPublicKey extends PublicKey {
  readonly type: "certificate" | "public-key";
  readonly algorithms: AssertionAlgorithm[];
}

/**
 * Reads an X.509 certificate or an SPKI public key from PEM text. Whether a certificate is valid now is another
 * question: see `assertValidAt`.
 *
 * @throws PublicKeyError when it is neither, holds a private key, or its kind or size is not one of the platform's:
 * RSA with 2,048 bits or more, P-256, P-384 or P-521.
 */
export function readPublicKey(pem: string): ReadPublicKey {
  const label = onlyBlock(pem);
  if (label === "CERTIFICATE") {
    const certificate = reading("certificate", () => new X509Certificate(pem));
    return {
      pem: withNewline(certificate.toString()),
      type: "certificate",
      ...factsOf(certificate.publicKey),
      notBefore: certificate.validFromDate.toISOString(),
      expiresTime: certificate.validToDate.toISOString(),
    };
  }
  const key = reading("public key", () => createPublicKey({ key: pem, format: "pem", type: "spki" }));
  const text = key.export({ format: "pem", type: "spki" }).toString();
  return { pem: withNewline(text), type: "public-key", ...factsOf(key), notBefore: null, expiresTime: null };
}

/** @throws PublicKeyError when a certificate is not valid yet or not any more. */
export function assertValidAt({ notBefore, expiresTime }: PublicKey, time: Date): void {
  if (notBefore !== null && new Date(notBefore) > time) {
    throw new PublicKeyError(`the certificate is not valid before ${notBefore}; use one that is valid now`);
  }
  if (expiresTime !== null && new Date(expiresTime) <= time) {
    throw new PublicKeyError(`the certificate expired at ${expiresTime}; use one that is valid now`);
  }
}

const PEM_LABELS = ["CERTIFICATE", "PUBLIC KEY"];

/** The label of the one PEM block (RFC 7468) of a text. */
function onlyBlock(pem: string): string {
  const labels = [...pem.matchAll(/-----BEGIN ([^\n\r]{0,50}?)-----/g)].map(([, label]) => label ?? "");
  if (labels.some((label) => label.includes("PRIVATE KEY")) || pem.includes("PRIVATE KEY-----")) {
    throw new PublicKeyError(
      "a private key must never leave its owner: give its public part (openssl pkey -in key.pem -pubout), and replace the pair if this text was stored or sent anywhere",
    );
  }
  const [label, ...more] = labels;
  if (label === undefined) {
    throw new PublicKeyError("it must be PEM text, which begins with -----BEGIN CERTIFICATE----- or PUBLIC KEY");
  }
  if (more.length > 0) throw new PublicKeyError("it must hold one PEM block: the client's own, without its issuers");
  if (PEM_LABELS.includes(label)) return label;
  throw new PublicKeyError("it must be an X.509 certificate (CERTIFICATE) or an SPKI public key (PUBLIC KEY)");
}

function reading<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch {
    // What OpenSSL says is of no help to people, and could repeat a part of the text.
    throw new PublicKeyError(`the ${what} cannot be read: is the text whole?`);
  }
}

function factsOf(key: KeyObject): { algorithms: AssertionAlgorithm[]; fingerprint: string } {
  const spki = key.export({ format: "der", type: "spki" });
  return { algorithms: algorithmsOf(key), fingerprint: createHash("sha256").update(spki).digest("hex") };
}

const CURVES: Readonly<Record<string, AssertionAlgorithm>> = {
  prime256v1: "ES256",
  secp384r1: "ES384",
  secp521r1: "ES512",
};
/** The least sizes in bits; a longer key takes all of the smaller ones, too. Source: the platform's own rules. */
const RSA_SIZES: readonly (readonly [AssertionAlgorithm, number])[] = [
  ["RS256", 2_048],
  ["RS384", 4_096],
  ["RS512", 8_192],
];
// Verifying a signature of a longer one takes the server many milliseconds.
const RSA_MAX = 16_384;

function algorithmsOf(key: KeyObject): AssertionAlgorithm[] {
  const { asymmetricKeyType: type, asymmetricKeyDetails: details } = key;
  if (type === "rsa") return rsaAlgorithms(details?.modulusLength ?? 0);
  const algorithm = type === "ec" ? CURVES[details?.namedCurve ?? ""] : undefined;
  if (algorithm !== undefined) return [algorithm];
  const what = type === "ec" ? `the curve ${details?.namedCurve}` : `a key of the type ${type}`;
  throw new PublicKeyError(`${what} is not taken: use RSA with 2048 bits or more, P-256, P-384 or P-521`);
}

function rsaAlgorithms(bits: number): AssertionAlgorithm[] {
  if (bits > RSA_MAX) throw new PublicKeyError(`the RSA key has ${bits} bits, and at most ${RSA_MAX} are taken`);
  const algorithms = RSA_SIZES.flatMap(([algorithm, least]) => (bits >= least ? [algorithm] : []));
  if (algorithms.length > 0) return algorithms;
  throw new PublicKeyError(`the RSA key has ${bits} bits, and 2048 are the least`);
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
