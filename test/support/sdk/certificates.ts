import { createPublicKey, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { generate } from "selfsigned";
import type { AssertionAlgorithm } from "xtremepush-access/schemas";
import { knownRsaKey } from "./known-rsa-key";

const KINDS = {
  RS256: { type: "rsa", size: 2_048 },
  RS384: { type: "rsa", size: 4_096 },
  RS512: { type: "rsa", size: 8_192 },
  ES256: { type: "ec", curve: "P-256" },
  ES384: { type: "ec", curve: "P-384" },
  ES512: { type: "ec", curve: "P-521" },
} as const satisfies Record<AssertionAlgorithm, object>;

/** Two parts of one key, as PEM text: PKCS 8 and SPKI. */
export interface TestKeyPair {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** Makes a key of the least size for an algorithm; for RS384 and RS512 it is always the same one. */
export async function makeKeyPair(algorithm: AssertionAlgorithm = "ES256"): Promise<TestKeyPair> {
  const privateKey = await makePrivateKey(algorithm);
  return {
    privateKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    publicKey: createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString(),
  };
}

async function makePrivateKey(algorithm: AssertionAlgorithm): Promise<KeyObject> {
  const kind = KINDS[algorithm];
  if (kind.type === "ec") return (await promisify(generateKeyPair)("ec", { namedCurve: kind.curve })).privateKey;
  if (kind.size !== 2_048) return knownRsaKey(kind.size);
  return (await promisify(generateKeyPair)("rsa", { modulusLength: kind.size })).privateKey;
}

const shared = new Map<AssertionAlgorithm, Promise<TestKeyPair>>();

/** One key pair for an algorithm and all tests of a process. */
export function sharedKeyPair(algorithm: AssertionAlgorithm): Promise<TestKeyPair> {
  const pair = shared.get(algorithm) ?? makeKeyPair(algorithm);
  shared.set(algorithm, pair);
  return pair;
}

/** A key pair and a certificate of it, signed by itself. */
export interface TestCertificate extends TestKeyPair {
  readonly certificate: string;
}

/** What differs from the usual: a new P-256 key, valid from yesterday to a year from then. X.509 knows whole seconds. */
export interface TestCertificateOptions {
  readonly notBefore?: Date;
  readonly notAfter?: Date;
  readonly algorithm?: AssertionAlgorithm;
  /** Certifies this key instead of a new one; it must be one for the algorithm. */
  readonly keyPair?: TestKeyPair;
}

export async function makeCertificate(options: TestCertificateOptions = {}): Promise<TestCertificate> {
  const { algorithm = "ES256", notBefore = new Date(Date.now() - DAY_MS) } = options;
  const { notAfter = new Date(notBefore.getTime() + 365 * DAY_MS) } = options;
  const kind = KINDS[algorithm];
  const keyPair = options.keyPair ?? (await makeKeyPair(algorithm));
  const { cert } = await generate([{ name: "commonName", value: "client.example.com" }], {
    keyPair,
    keyType: kind.type,
    ...(kind.type === "ec" && { curve: kind.curve }),
    algorithm: "sha256",
    notBeforeDate: notBefore,
    notAfterDate: notAfter,
  });
  return { ...keyPair, certificate: cert };
}

const DAY_MS = 86_400_000;
