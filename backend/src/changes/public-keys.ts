import { assertValidAt, PublicKeyError, type ReadPublicKey, readPublicKey } from "xtremepush-access/keys";
import { makeIdentifier } from "../credentials/identifiers";
import { ProblemError } from "../failures/problems";
import { type CredentialRow, insertCredential, updateCredential } from "../store/credentials";
import type { FieldChanges } from "./change";
import type { LockedClient } from "./locked-client";

/** Parsed public keys by label. */
export type PublicKeys = ReadonlyMap<string, ReadPublicKey>;

/** What a change does to the public keys of a client. */
export interface KeysPlan {
  readonly fields: FieldChanges;
  readonly revokes: readonly CredentialRow[];
  readonly adds: PublicKeys;
}

/**
 * Parses the keys of a request.
 *
 * @throws ProblemError `validation_failed` by label, which repeats nothing of the input.
 */
export function readPublicKeys(pems: Readonly<Record<string, string>>): PublicKeys {
  const keys = new Map<string, ReadPublicKey>();
  checkEach(Object.entries(pems), (pem, label) => keys.set(label, readPublicKey(pem)));
  return keys;
}

/**
 * Plans the changes of the keys; null when there are none. A certificate that stays may have expired.
 *
 * @throws ProblemError `validation_failed` for a new certificate that is not valid now.
 */
export function planKeys({ change, credentials }: LockedClient, wanted: PublicKeys): KeysPlan | null {
  const current = new Map(credentials.flatMap((row) => (row.label === null ? [] : [[row.label, row] as const])));
  const adds = new Map([...wanted].filter(([label, key]) => current.get(label)?.pem !== key.pem));
  const revokes = [...current].flatMap(([label, row]) => (wanted.has(label) && !adds.has(label) ? [] : [row]));
  if (adds.size === 0 && revokes.length === 0) return null;
  checkEach(adds, (key) => assertValidAt(key, change.time));
  return { fields: fieldsOf(revokes, adds), revokes, adds };
}

/** Writes a plan. */
export async function writeKeys({ transaction, change, client }: LockedClient, plan: KeysPlan): Promise<void> {
  for (const { id } of plan.revokes) await updateCredential(transaction, id, { revokedTime: change.time });
  for (const [label, key] of plan.adds) {
    await insertCredential(transaction, {
      id: makeIdentifier("xpk"),
      client: client.id,
      kind: "public-key",
      version: 0,
      secretHash: null,
      label,
      pem: key.pem,
      keyType: key.type,
      algorithms: [...key.algorithms],
      fingerprint: key.fingerprint,
      notBefore: timeOf(key.notBefore),
      notAfter: timeOf(key.expiresTime),
      createdBy: change.actor.id,
      createdTime: change.time,
    });
  }
}

/** Fingerprints by label; a certificate that was renewed for the same key also shows when it expires. */
function fieldsOf(revokes: readonly CredentialRow[], adds: PublicKeys): FieldChanges {
  const before = new Map(revokes.map((row) => [row.label ?? "", row]));
  const labels = [...new Set([...before.keys(), ...adds.keys()])].sort();
  const renewed = labels.filter((label) => {
    const fingerprint = adds.get(label)?.fingerprint;
    return fingerprint !== undefined && before.get(label)?.fingerprint === fingerprint;
  });
  const changed = {
    before: { publicKeys: byLabel(labels, (label) => before.get(label)?.fingerprint ?? null) },
    after: { publicKeys: byLabel(labels, (label) => adds.get(label)?.fingerprint ?? null) },
  };
  if (renewed.length === 0) return changed;
  return {
    before: {
      ...changed.before,
      keyExpiry: byLabel(renewed, (label) => before.get(label)?.notAfter?.toISOString() ?? null),
    },
    after: { ...changed.after, keyExpiry: byLabel(renewed, (label) => adds.get(label)?.expiresTime ?? null) },
  };
}

function byLabel<Value>(labels: readonly string[], of: (label: string) => Value): Readonly<Record<string, Value>> {
  return Object.fromEntries(labels.map((label) => [label, of(label)]));
}

function timeOf(text: string | null): Date | null {
  return text === null ? null : new Date(text);
}

/** Checks each key and reports the invalid ones by their labels. */
function checkEach<Value>(
  keys: Iterable<readonly [string, Value]>,
  check: (value: Value, label: string) => void,
): void {
  const errors: { field: string; message: string }[] = [];
  for (const [label, value] of keys) {
    try {
      check(value, label);
    } catch (error) {
      if (!(error instanceof PublicKeyError)) throw error;
      errors.push({ field: `publicKeys.${label}`, message: error.message });
    }
  }
  const [first, ...more] = errors;
  if (first === undefined) return;
  const rest = more.length === 0 ? "" : ` (and ${more.length} more)`;
  throw new ProblemError("validation_failed", `${first.field}: ${first.message}${rest}`, { errors });
}
