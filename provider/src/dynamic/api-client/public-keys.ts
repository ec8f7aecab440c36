import type { PublicKey } from "xtremepush-access";
import { assertValidAt, PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import { KeyLabel, PEM_MAX, PUBLIC_KEYS_MAX } from "xtremepush-access/schemas";
import { UNKNOWN } from "../../protocol";
import { isMissing, missingValue } from "../run/missing-input";
import { isProperties } from "../run/wire";

/** The public keys in a program, and those in its state. */
interface GivenKeys {
  readonly given: unknown;
  readonly before: unknown;
  /** Whether the client is adopted: it already has the keys, and the adoption compares them. */
  readonly isAdopted?: boolean;
  readonly now: Date;
}

export interface CheckedKeys {
  /** PEM by label, in the form that the backend stores; undefined when there are no keys. */
  readonly keys: unknown;
  readonly reasons: readonly string[];
  /** One sentence for each expired certificate that the client already has. */
  readonly expired: readonly string[];
}

/**
 * Checks public keys. Messages never repeat an input, which may be a private key pasted by mistake.
 *
 * A certificate that expired after it was declared gives a warning, not a failure, and stays until it is replaced.
 */
export function checkKeys({ given, before, isAdopted = false, now }: GivenKeys): CheckedKeys {
  const nothing = { keys: undefined, reasons: [], expired: [] };
  if (given === UNKNOWN) return { ...nothing, keys: UNKNOWN };
  if (given === undefined || given === null) return nothing;
  if (!isProperties(given)) {
    return {
      ...nothing,
      reasons: ["publicKeys must be a map of labels to PEM texts, such as { a: readFileSync(file) }"],
    };
  }
  const entries = Object.entries(given);
  const had = new Map(isProperties(before) ? Object.entries(before) : []);
  const checked = entries.map(([label, pem]) => checkKey({ label, pem, before: had.get(label), isAdopted, now }));
  const keys = Object.fromEntries(checked.flatMap(({ entry }) => (entry === undefined ? [] : [entry])));
  const tooMany = entries.length > PUBLIC_KEYS_MAX ? [`publicKeys: a client has at most ${PUBLIC_KEYS_MAX} keys`] : [];
  return {
    keys: entries.length === 0 ? undefined : keys,
    reasons: [...tooMany, ...checked.flatMap(({ reason }) => reason ?? [])],
    expired: checked.flatMap(({ expired }) => expired ?? []),
  };
}

/** Describes a public key by its fingerprint and its expiry. */
export function describeKey({ fingerprint, expiresTime }: Pick<PublicKey, "fingerprint" | "expiresTime">): string {
  const end = expiresTime === null ? "" : `, expires ${expiresTime}`;
  return `SHA-256 ${fingerprint.slice(0, 16)}…${end}`;
}

interface GivenKey {
  readonly label: string;
  readonly pem: unknown;
  readonly before: unknown;
  readonly isAdopted: boolean;
  readonly now: Date;
}

interface CheckedKey {
  readonly entry?: [label: string, pem: string];
  readonly reason?: string;
  readonly expired?: string;
}

function checkKey({ label, pem, before, isAdopted, now }: GivenKey): CheckedKey {
  const name = KeyLabel.safeParse(label);
  if (!name.success) return { reason: `publicKeys: ${name.error.issues[0]?.message}` };
  if (pem === UNKNOWN) return { entry: [label, pem] };
  if (isMissing(pem)) return { reason: missingValue(`publicKeys.${label}`) };
  if (typeof pem !== "string") return { reason: `publicKeys.${label}: it must be PEM text` };
  if (pem.length > PEM_MAX) return { reason: `publicKeys.${label}: it must not be longer than ${PEM_MAX} characters` };
  try {
    const key = readPublicKey(pem);
    if (!isAdopted && key.pem !== before) assertValidAt(key, now);
    return checkedEnd(label, key, now);
  } catch (error) {
    if (error instanceof PublicKeyError) return { reason: `publicKeys.${label}: ${error.message}` };
    throw error;
  }
}

function checkedEnd(label: string, { pem, expiresTime }: PublicKey, now: Date): CheckedKey {
  const entry: [string, string] = [label, pem];
  if (expiresTime === null || new Date(expiresTime) > now) return { entry };
  return {
    entry,
    expired: `the certificate publicKeys.${label} expired at ${expiresTime} and is refused until you replace it`,
  };
}
