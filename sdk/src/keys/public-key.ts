import { createHash, createPublicKey, type KeyObject, X509Certificate } from "node:crypto";
import type { AssertionAlgorithm, PublicKey } from "../schemas/public-key";

/** The text is not a public key that the platform supports; the message never repeats any of it. */
export class PublicKeyError extends Error {
  override readonly name = "PublicKeyError";
}

/** A public key with the algorithms that it supports. */
export interface ReadPublicKey extends PublicKey {
  readonly type: "certificate" | "public-key";
  readonly algorithms: AssertionAlgorithm[];
}

/**
 * Reads an X.509 certificate or an SPKI public key from PEM text. It does not check whether a certificate is valid now:
 * see `assertValidAt`.
 *
 * @throws PublicKeyError when the text is neither, contains a private key, or the platform does not support the key:
 * use RSA with 2,048 bits or more, P-256, P-384 or P-521.
 */
export function readPublicKey(pem: string): ReadPublicKey {
  const label = onlyBlock(pem);
  if (label === "CERTIFICATE") {
    const certificate = readOrRefuse("certificate", () => new X509Certificate(pem));
    const key = readOrRefuse("key of the certificate", () => certificate.publicKey);
    return {
      pem: withNewline(certificate.toString()),
      type: "certificate",
      ...factsOf(key),
      notBefore: dateOf(certificate.validFrom, certificate.validFromDate),
      expiresTime: dateOf(certificate.validTo, certificate.validToDate),
    };
  }
  const key = readOrRefuse("public key", () => createPublicKey({ key: pem, format: "pem", type: "spki" }));
  const text = key.export({ format: "pem", type: "spki" }).toString();
  return { pem: withNewline(text), type: "public-key", ...factsOf(key), notBefore: null, expiresTime: null };
}

/** @throws PublicKeyError when a certificate is not valid yet or has expired. */
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
      "a private key must never leave its owner: send its public part (openssl pkey -in key.pem -pubout), and replace the key pair if this text was stored or sent anywhere",
    );
  }
  const [label, ...more] = labels;
  if (label === undefined) {
    throw new PublicKeyError(
      "it must be PEM text, which starts with -----BEGIN CERTIFICATE----- or -----BEGIN PUBLIC KEY-----",
    );
  }
  if (more.length > 0) throw new PublicKeyError("it must contain one PEM block: the client's own, without its issuers");
  if (PEM_LABELS.includes(label)) return label;
  throw new PublicKeyError("it must be an X.509 certificate (CERTIFICATE) or an SPKI public key (PUBLIC KEY)");
}

/**
 * Refuses month 13, and year 0, which databases do not support.
 *
 * OpenSSL's text says whether the certificate has a date. Node's `Date` of one that it cannot read is made from
 * memory that nobody set: mostly no date, but now and then a real one.
 */
function dateOf(text: string, date: Date): string {
  return readOrRefuse("dates of the certificate", () => {
    if (Number.isNaN(Date.parse(text)) || date.getUTCFullYear() < 1) throw new RangeError();
    return date.toISOString();
  });
}

function readOrRefuse<Value>(what: string, read: () => Value): Value {
  try {
    return read();
  } catch {
    // OpenSSL's message does not help people, and could repeat a part of the text.
    throw new PublicKeyError(`the ${what} cannot be read; check that the PEM text is complete`);
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
/**
 * The minimum sizes in bits; a longer key also supports the algorithms of shorter ones. Source: the platform's own
 * rules.
 */
const RSA_SIZES: readonly (readonly [AssertionAlgorithm, number])[] = [
  ["RS256", 2_048],
  ["RS384", 4_096],
  ["RS512", 8_192],
];
// The server needs many milliseconds to verify a signature of a longer key.
const RSA_MAX = 16_384;
const EXPONENT_MAX = 32;

function algorithmsOf(key: KeyObject): AssertionAlgorithm[] {
  const { asymmetricKeyType: type } = key;
  if (type === "rsa") return rsaAlgorithms(key);
  const curve = type === "ec" ? key.asymmetricKeyDetails?.namedCurve : undefined;
  const algorithm = CURVES[curve ?? ""];
  if (algorithm !== undefined) return [algorithm];
  const what = type === "ec" ? `the curve ${curve ?? "that it describes"}` : `a key of the type ${type}`;
  throw new PublicKeyError(`${what} is not supported: use RSA with 2048 bits or more, P-256, P-384 or P-521`);
}

function rsaAlgorithms(key: KeyObject): AssertionAlgorithm[] {
  const [modulus, exponent] = rsaNumbers(key);
  const bits = bitsOf(modulus);
  if (bits > RSA_MAX) throw new PublicKeyError(`the RSA key has ${bits} bits; the maximum is ${RSA_MAX}`);
  if (!isExponent(exponent)) {
    throw new PublicKeyError(
      "the public exponent of the RSA key must be an odd number of 3 or more and at most 32 bits: use 65537",
    );
  }
  const algorithms = RSA_SIZES.flatMap(([algorithm, least]) => (bits >= least ? [algorithm] : []));
  if (algorithms.length > 0) return algorithms;
  throw new PublicKeyError(`the RSA key has ${bits} bits; the minimum is 2048`);
}

/** With exponent 1 anybody can forge a signature, and a long exponent makes verification take many milliseconds. */
function isExponent(exponent: Buffer): boolean {
  const bits = bitsOf(exponent);
  return bits >= 2 && bits <= EXPONENT_MAX && exponent.readUInt8(exponent.length - 1) % 2 === 1;
}

/**
 * The modulus and the exponent (RFC 8017, appendix A.1.1). Node.js also provides them, but for a key of more than
 * 16,384 bits OpenSSL leaves an error behind, and then the next private key that Node.js reads fails, even an unrelated
 * one.
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
