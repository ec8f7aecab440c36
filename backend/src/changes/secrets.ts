import type { Transaction } from "kysely";
import { planRotation, type RotationPlan, type RotationRefusal } from "xtremepush-access/rules";
import { SECRET_VERSION_MAX } from "xtremepush-access/schemas";
import { makeIdentifier } from "../credentials/identifiers";
import { hashSecret, makeSecret } from "../credentials/secrets";
import type { Schema } from "../database/schema";
import { ProblemError } from "../failures/problems";
import type { ClientRow } from "../store/clients";
import { type CredentialRow, findUsedVersions, insertCredential, updateCredential } from "../store/credentials";
import type { Change, FieldChanges } from "./change";
import type { LockedClient } from "./locked-client";
import { conflictingClient, nameOf } from "./refusals";

/** What a request changes of the secrets of a client; undefined leaves them as they are. */
export interface SecretFields {
  readonly secretVersion?: number | undefined;
  /** How long each earlier secret stays valid after its replacement was created. */
  readonly secretOverlap?: string | undefined;
}

/** What a change does to the secrets of a client, with the fields of its audit row. */
export interface SecretsPlan extends RotationPlan<CredentialRow> {
  readonly fields: FieldChanges;
}

/**
 * Plans the changes of the secrets; null when there are none.
 *
 * @throws ProblemError `secret_version_conflict` or `too_many_secrets`.
 */
export async function planSecrets(locked: LockedClient, asked: SecretFields): Promise<SecretsPlan | null> {
  const { transaction, change, client } = locked;
  const { secretVersion } = asked;
  const usedVersions = secretVersion ? await findUsedVersions(transaction, client.id, secretVersion) : [];
  const secrets = secretRows(locked);
  const plan = planRotation({ currentVersion: client.secretVersion, usedVersions, secrets }, asked, change.time);
  if (plan.kind === "refused") throw refusal(client, plan);
  return plan.kind === "unchanged" ? null : { ...plan, fields: fieldsOf(client, asked, plan) };
}

/** Whether a plan makes a secret, or lets one live longer. */
export function armsSecrets({ makesSecret, ends }: SecretsPlan): boolean {
  return makesSecret || ends.some(({ secret, end }) => secret.expiresTime !== null && end > secret.expiresTime);
}

/** Writes a plan; returns the secret that it creates. */
export async function writeSecrets(locked: LockedClient, plan: SecretsPlan): Promise<string | null> {
  const { transaction, change, client } = locked;
  for (const { secret, supersededTime, end } of plan.ends) {
    // Revoked as well, because the clocks of replicas differ, and a use that another transaction is writing must fail.
    const ended = end <= change.time ? { expiresTime: change.time, revokedTime: change.time } : { expiresTime: end };
    await updateCredential(transaction, secret.id, { supersededTime, ...ended });
  }
  for (const { id, expiresTime } of endedSecrets(locked)) {
    // Revoked at its own end, so that it leaves the index of live credentials.
    await updateCredential(transaction, id, { revokedTime: expiresTime });
  }
  if (!plan.makesSecret) return null;
  if (plan.replaces !== null) await updateCredential(transaction, plan.replaces.id, { revokedTime: change.time });
  return makeClientSecret(transaction, change, { client: client.id, version: plan.version });
}

/** Creates a secret and returns it; the database stores only its hash. */
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

function secretRows({ credentials }: LockedClient): readonly CredentialRow[] {
  return credentials.filter(({ kind }) => kind === "secret");
}

/** The secrets that have expired and are not revoked yet. */
function endedSecrets(locked: LockedClient): readonly CredentialRow[] {
  return secretRows(locked).filter(({ expiresTime }) => expiresTime !== null && expiresTime <= locked.change.time);
}

function refusal(client: ClientRow, refused: RotationRefusal<CredentialRow>): ProblemError {
  if (refused.reason === "no_room") return tooManySecrets(client, refused);
  const { nextVersion } = refused;
  const way =
    nextVersion === null
      ? `${SECRET_VERSION_MAX} was the last: create another client`
      : `ask for version ${nextVersion}`;
  const current = { ...conflictingClient(client), nextSecretVersion: nextVersion };
  return new ProblemError("secret_version_conflict", `${conflictOf(client, refused)}; ${way}`, { current });
}

type VersionRefusal = Exclude<RotationRefusal<CredentialRow>, { readonly reason: "no_room" }>;

function conflictOf(client: ClientRow, refused: VersionRefusal): string {
  const { secretVersion: current } = client;
  if (refused.reason === "version_used") {
    return `${nameOf(client)} is at secret version ${current} and cannot have version ${refused.version} any more`;
  }
  const why =
    refused.reason === "secret_dead" ? "no longer works" : `is in use since ${refused.firstUsedTime.toISOString()}`;
  return `version ${current} of ${nameOf(client)} ${why}, so its secret cannot be shown again`;
}

function tooManySecrets(
  client: ClientRow,
  { first, until, unused }: Extract<RotationRefusal<CredentialRow>, { readonly reason: "no_room" }>,
): ProblemError {
  // An unused secret was most likely never received, so requesting it again ends no secret in use.
  const unusedWay =
    unused === null ? "" : `version ${unused.version} was never used: ask for version ${unused.version} again, or `;
  return new ProblemError(
    "too_many_secrets",
    `${nameOf(client)} already has two live secrets, and version ${first.version} lives until ${until.toISOString()}; ` +
      `${unusedWay}wait until then, or send secretOverlap "0s", which ends the earlier ones at once`,
    { current: conflictingClient(client) },
  );
}

function fieldsOf(client: ClientRow, asked: SecretFields, plan: RotationPlan<CredentialRow>): FieldChanges {
  const { secretOverlap } = asked;
  const { version: secretVersion, ends } = plan;
  const isNext = secretVersion !== client.secretVersion;
  const hasOverlap = secretOverlap !== undefined && (isNext || ends.length > 0);
  if (!isNext && !hasOverlap) return { before: null, after: null };
  return {
    before: isNext ? { secretVersion: client.secretVersion } : {},
    after: { ...(isNext && { secretVersion }), ...(hasOverlap && { secretOverlap }) },
  };
}
