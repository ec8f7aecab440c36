import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { AssertionAlgorithm, PublicKey } from "../schemas/public-key";

/** A string that is not a public key that the platform accepts; the message never repeats any of it. */
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
    const key = reading("key of the certificate", () => certificate.publicKey);
    return {
      pem: withNewline(certificate.toString()),
      type: "certificate",
      ...factsOf(key),
      notBefore: dateOf(certificate.validFromDate),
      expiresTime: dateOf(certificate.validToDate),
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

/** The label of the one PEM block (RFC 7468) of a string. */
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

/** Refuses a month 13, and the year 0, which databases do not have. */
function dateOf(date: Date): string {
  return reading("dates of the certificate", () => {
    if (date.getUTCFullYear() < 1) throw new RangeError();
    return date.toISOString();
  });
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
const EXPONENT_MAX = 32;

function algorithmsOf(key: KeyObject): AssertionAlgorithm[] {
  const { asymmetricKeyType: type } = key;
  if (type === "rsa") return rsaAlgorithms(key);
  const curve = type === "ec" ? key.asymmetricKeyDetails?.namedCurve : undefined;
  const algorithm = CURVES[curve ?? ""];
  if (algorithm !== undefined) return [algorithm];
  const what = type === "ec" ? `the curve ${curve ?? "that it describes"}` : `a key of the type ${type}`;
  throw new PublicKeyError(`${what} is not taken: use RSA with 2048 bits or more, P-256, P-384 or P-521`);
}

function rsaAlgorithms(key: KeyObject): AssertionAlgorithm[] {
  const [modulus, exponent] = rsaNumbers(key);
  const bits = bitsOf(modulus);
  if (bits > RSA_MAX) throw new PublicKeyError(`the RSA key has ${bits} bits, and at most ${RSA_MAX} are taken`);
  if (!isExponent(exponent)) {
    throw new PublicKeyError(
      "the public exponent of the RSA key must be an odd number of 3 or more and at most 32 bits: use 65537",
    );
  }
  const algorithms = RSA_SIZES.flatMap(([algorithm, least]) => (bits >= least ? [algorithm] : []));
  if (algorithms.length > 0) return algorithms;
  throw new PublicKeyError(`the RSA key has ${bits} bits, and 2048 are the least`);
}

/** With the exponent 1 anybody can write a signature, and verifying one with a long exponent takes many milliseconds. */
function isExponent(exponent: Buffer): boolean {
  const bits = bitsOf(exponent);
  return bits >= 2 && bits <= EXPONENT_MAX && exponent.readUInt8(exponent.length - 1) % 2 === 1;
}

/**
 * The modulus and the exponent (RFC 8017, appendix A.1.1). Node tells them as well, but asked for those of a key of more
 * than 16,384 bits, OpenSSL leaves an error behind, with which the next private key that node reads fails, whosever it is.
 */
function rsaNumbers(key: KeyObject): readonly [modulus: Buffer, exponent: Buffer] {
  const der = key.export({ format: "der", type: "pkcs1" });
  const modulus = elementAt(der, elementAt(der, 0).start);
  const exponent = elementAt(der, modulus.end);
  return [der.subarray(modulus.start, modulus.end), der.subarray(exponent.start, exponent.end)];
}

/** Where the content of a DER element is: X.690, section 8.1. */
function elementAt(der: Buffer, place: number): { readonly start: number; readonly end: number } {
  const first = der.readUInt8(place + 1);
  const lengthBytes = first < 0x80 ? 0 : first - 0x80;
  const start = place + 2 + lengthBytes;
  return { start, end: start + (lengthBytes === 0 ? first : der.readUIntBE(place + 2, lengthBytes)) };
}

/** The length of a positive number, without leading zeros. */
function bitsOf(number: Buffer): number {
  const start = number.findIndex((byte) => byte !== 0);
  return start === -1 ? 0 : (number.length - start) * 8 - Math.clz32(number.readUInt8(start)) + 24;
}

function withNewline(text: string): string {
  return text.endsWith("\n") ? text : `${text}\n`;
}
