import type { Transaction } from "kysely";
import { SECRET_VERSION_MAX, secretEnd } from "xtremepush-access/schemas";
import type { Schema } from "../database/schema";
import { makeIdentifier } from "../identifiers";
import { ProblemError } from "../problems";
import { hashSecret, makeSecret } from "../secrets";
import type { ClientRow } from "../store/clients";
import { type CredentialRow, insertCredential, listSecretVersions, updateCredential } from "../store/credentials";
import type { Change, FieldChanges } from "./change";
import type { LockedClient } from "./locked-client";
import { clientObstacle, nameOf } from "./refusals";

/** What is asked of the secrets of a client; undefined leaves them as they are. */
export interface SecretFields {
  readonly secretVersion?: number | undefined;
  /** How long each earlier secret lives on after the one that replaced it was made. */
  readonly secretOverlap?: string | undefined;
}

/** What a change does to the secrets of a client. */
export interface SecretsPlan {
  readonly fields: FieldChanges;
  /** The current version afterwards. */
  readonly version: number;
  /** Whether a secret of that version is made. */
  readonly makes: boolean;
  /** Whether it takes the place of one of the same version, which nobody has used. */
  readonly reissues: boolean;
  readonly ends: readonly SecretEnd[];
}

interface SecretEnd {
  readonly secret: CredentialRow;
  readonly supersededTime: Date;
  /** Not after the time of the change: it ends at once. */
  readonly end: Date;
}

/**
 * Says what becomes of the secrets; null when all stays as it is.
 *
 * @throws ProblemError `secret_version_conflict` or `too_many_secrets`.
 */
export async function planSecrets(locked: LockedClient, asked: SecretFields): Promise<SecretsPlan | null> {
  const { client } = locked;
  const { secretVersion: wanted = client.secretVersion } = asked;
  if (wanted !== client.secretVersion) return planRotation(locked, { ...asked, secretVersion: wanted });
  const reissues = asked.secretVersion !== undefined && wanted !== 0;
  if (reissues) await assertReissuable(locked);
  const earlier = liveSecrets(locked).filter(({ version }) => version !== client.secretVersion);
  const ends = reissues
    ? earlier.map((secret) => endAfterReissue(locked, secret, asked.secretOverlap))
    : changedEnds(locked, earlier, asked.secretOverlap);
  if (!reissues && ends.length === 0) return null;
  return { fields: fieldsOf(client, asked, ends), version: wanted, makes: reissues, reissues, ends };
}

/** Writes what was planned; answers the secret that it makes. */
export async function writeSecrets(locked: LockedClient, plan: SecretsPlan): Promise<string | null> {
  const { transaction, change, client } = locked;
  for (const { secret, supersededTime, end } of plan.ends) {
    // Revoked as well, because the clocks of replicas differ, and a use that is being written must fail.
    const ended = end <= change.time ? { expiresTime: change.time, revokedTime: change.time } : { expiresTime: end };
    await updateCredential(transaction, secret.id, { supersededTime, ...ended });
  }
  for (const { id, expiresTime } of endedSecrets(locked)) {
    // Revoked at its own end, so that it leaves the index of those that live.
    await updateCredential(transaction, id, { revokedTime: expiresTime });
  }
  if (!plan.makes) return null;
  const replaced = plan.reissues ? currentSecret(locked) : undefined;
  if (replaced !== undefined) await updateCredential(transaction, replaced.id, { revokedTime: change.time });
  return makeClientSecret(transaction, change, { client: client.id, version: plan.version });
}

/** Makes a secret and answers it; only its hash is stored. */
export async function makeClientSecret(
  transaction: Transaction<Schema>,
  change: Change,
  { client, version }: { readonly client: string; readonly version: number },
): Promise<string> {
  const secret = makeSecret("xpcs");
  await insertCredential(transaction, {
    id: makeIdentifier("xpk"),
    client,
    kind: "secret",
    version,
    secretHash: hashSecret(secret),
    createdBy: change.actor.id,
    createdTime: change.time,
  });
  return secret;
}

async function planRotation(
  locked: LockedClient,
  asked: SecretFields & { readonly secretVersion: number },
): Promise<SecretsPlan> {
  const { secretVersion: version, secretOverlap } = asked;
  if (version !== 0) await assertUnusedVersion(locked, version);
  const ends = liveSecrets(locked).map((secret) => endOf(locked, secret, secretOverlap));
  const makes = version !== 0;
  if (makes) assertRoom(locked, ends);
  return { fields: fieldsOf(locked.client, asked, ends), version, makes, reissues: false, ends };
}

function endOf({ change }: LockedClient, secret: CredentialRow, overlap: string | undefined): SecretEnd {
  const { time } = change;
  return { secret, supersededTime: secret.supersededTime ?? time, end: secretEnd(secret, { time, overlap }) };
}

/** Nobody has had the secret that is made anew: the overlap of the one before it begins when there is one to use. */
function endAfterReissue(locked: LockedClient, secret: CredentialRow, overlap: string | undefined): SecretEnd {
  const { supersededTime, end } = endOf(locked, secret, overlap);
  const made = currentSecret(locked)?.createdTime ?? supersededTime;
  // What version 0 has ended does not wait for it; and none ends sooner, where the clocks of replicas differ.
  const passed = supersededTime < made ? 0 : Math.max(0, locked.change.time.getTime() - supersededTime.getTime());
  return {
    secret,
    supersededTime: new Date(supersededTime.getTime() + passed),
    end: new Date(end.getTime() + passed),
  };
}

function changedEnds(
  locked: LockedClient,
  secrets: readonly CredentialRow[],
  overlap: string | undefined,
): readonly SecretEnd[] {
  if (overlap === undefined) return [];
  return secrets
    .map((secret) => endOf(locked, secret, overlap))
    .filter(({ secret, end }) => secret.expiresTime?.getTime() !== end.getTime());
}

function liveSecrets({ change, credentials }: LockedClient): readonly CredentialRow[] {
  return credentials.filter(
    ({ kind, expiresTime }) => kind === "secret" && (expiresTime === null || expiresTime > change.time),
  );
}

/** Those that nobody has ended but the clock. */
function endedSecrets({ change, credentials }: LockedClient): readonly CredentialRow[] {
  return credentials.filter(
    ({ kind, expiresTime }) => kind === "secret" && expiresTime !== null && expiresTime <= change.time,
  );
}

function currentSecret(locked: LockedClient): CredentialRow | undefined {
  return liveSecrets(locked).find(({ version }) => version === locked.client.secretVersion);
}

async function assertReissuable(locked: LockedClient): Promise<void> {
  const { client } = locked;
  const current = currentSecret(locked);
  if (current?.firstUsedTime === null) return;
  const why = current === undefined ? "is dead" : `is in use since ${current.firstUsedTime.toISOString()}`;
  throw versionConflict(
    client,
    `version ${client.secretVersion} of ${nameOf(client)} ${why}, so its secret cannot be shown again`,
    await nextVersion(locked),
  );
}

async function assertUnusedVersion(locked: LockedClient, wanted: number): Promise<void> {
  const { client } = locked;
  const next = await nextVersion(locked);
  // After a higher version that a take-over has ended, the versions below it are free, but not after "no secret".
  const versions = await listSecretVersions(locked.transaction, client.id);
  const free = client.secretVersion === 0 ? wanted >= next : wanted > client.secretVersion;
  if (free && !versions.includes(wanted)) return;
  throw versionConflict(
    client,
    `${nameOf(client)} is at secret version ${client.secretVersion} and cannot have version ${wanted} any more`,
    next,
  );
}

async function nextVersion({ transaction, client }: LockedClient): Promise<number> {
  return Math.max(client.secretVersion, ...(await listSecretVersions(transaction, client.id))) + 1;
}

function versionConflict(client: ClientRow, what: string, next: number): ProblemError {
  const isThere = next <= SECRET_VERSION_MAX;
  const way = isThere ? `ask for version ${next}` : `${SECRET_VERSION_MAX} was the last: make another client`;
  const current = { ...clientObstacle(client), nextSecretVersion: isThere ? next : null };
  return new ProblemError("secret_version_conflict", `${what}; ${way}`, { current });
}

/** At most two secrets live at a time, the new one included. */
function assertRoom(locked: LockedClient, ends: readonly SecretEnd[]): void {
  const { change, client } = locked;
  const survivors = ends.filter(({ end }) => end > change.time);
  const [first, second] = survivors.sort((one, other) => endsAt(one) - endsAt(other));
  if (first === undefined || second === undefined) return;
  const until = (first.secret.expiresTime ?? first.end).toISOString();
  throw new ProblemError(
    "too_many_secrets",
    `${nameOf(client)} has two live secrets already, and version ${first.secret.version} lives until ${until}; ` +
      `${unusedWay(locked)}wait until then, or send secretOverlap "0s", which ends the earlier ones at once`,
    { current: clientObstacle(client) },
  );
}

/** A secret that nobody has used was most likely never received: to ask for it again ends none that is in use. */
function unusedWay(locked: LockedClient): string {
  const current = currentSecret(locked);
  if (current === undefined || current.firstUsedTime !== null) return "";
  return `version ${current.version} was never used: ask for version ${current.version} again, or `;
}

/** When it ends if nothing changes: the current one does not. */
function endsAt({ secret }: SecretEnd): number {
  return secret.expiresTime?.getTime() ?? Number.POSITIVE_INFINITY;
}

function fieldsOf(client: ClientRow, asked: SecretFields, ends: readonly SecretEnd[]): FieldChanges {
  const { secretVersion = client.secretVersion, secretOverlap } = asked;
  const bumped = secretVersion !== client.secretVersion;
  const told = secretOverlap !== undefined && (bumped || ends.length > 0);
  if (!bumped && !told) return { before: null, after: null };
  return {
    before: bumped ? { secretVersion: client.secretVersion } : {},
    after: { ...(bumped && { secretVersion }), ...(told && { secretOverlap }) },
  };
}
