import {
  type AccessEntry,
  type Actor,
  type AuditEvent,
  type Client,
  type ClientSecretInfo,
  type ClientWithGrant,
  type Delivery,
  type Environment,
  type Grant,
  type Issuer,
  type Project,
  type PublicKey,
  type RevokedToken,
  SECRET_VERSION_MAX,
  type Trust,
} from "xtremepush-access/schemas";
import { isLive } from "../changes/environment-locks";
import type { AccessEntryRow, RevokedTokenRow } from "../store/access-entries";
import type { ActorRow } from "../store/actors";
import type { AuditRow } from "../store/audit";
import type { ClientRow, ClientView, ListedClient } from "../store/clients";
import type { LiveKey, LiveSecret } from "../store/credentials";
import type { DeliveryRow } from "../store/deliveries";
import type { EnvironmentRow } from "../store/environments";
import type { GrantRow } from "../store/grants";
import type { ProjectRow } from "../store/projects";
import type { IssuerRow } from "../store/trust";

/** Serializes what a client may do. */
export function serializeAccess(row: AccessEntryRow): AccessEntry {
  const { id, name, project, revision, validFrom, permissions } = row;
  return {
    clientId: id,
    name,
    project,
    revision,
    validFromRevision: validFrom,
    permissions: [...permissions],
    deleted: false,
  };
}

export function serializeRevokedToken({ jti, expiresTime }: RevokedTokenRow): RevokedToken {
  return { jti, expires: expiresTime.toISOString() };
}

/** Serializes a client. */
export function serializeClient(row: ClientView): Client {
  const { id, project, name, description, managedBy, secretVersion, revision, createdBy, updatedBy } = row;
  return {
    id,
    project,
    name,
    description,
    managedBy,
    secretVersion,
    nextSecretVersion: nextSecretVersion(row),
    secrets: row.credentials.secrets.map(serializeSecret),
    publicKeys: Object.fromEntries(row.credentials.publicKeys.map((key) => [key.label, serializePublicKey(key)])),
    lastUsedTime: timeOf(row.lastUsedTime),
    deletedTime: timeOf(row.deletedTime),
    revision,
    createdBy,
    createdTime: row.createdTime.toISOString(),
    updatedBy,
    updatedTime: row.updatedTime.toISOString(),
  };
}

function nextSecretVersion({ secretVersion, credentials }: ClientView): number | null {
  const highest = Math.max(secretVersion, credentials.highestVersion);
  return highest < SECRET_VERSION_MAX ? highest + 1 : null;
}

function serializeSecret(secret: LiveSecret): ClientSecretInfo {
  return {
    version: secret.version,
    createdTime: new Date(secret.createdTime).toISOString(),
    firstUsedTime: instantOf(secret.firstUsedTime),
    lastUsedTime: instantOf(secret.lastUsedTime),
    supersededTime: instantOf(secret.supersededTime),
    expiresTime: instantOf(secret.expiresTime),
  };
}

function serializePublicKey({ pem, type, algorithms, fingerprint, notBefore, notAfter }: LiveKey): PublicKey {
  const validity = { notBefore: instantOf(notBefore), expiresTime: instantOf(notAfter) };
  return { pem, type, algorithms: [...algorithms], fingerprint, ...validity };
}

/** Serializes a grant; null is one that was never set. */
export function serializeGrant(client: ClientRow, row: GrantRow | null): Grant {
  return {
    client: client.id,
    project: client.project,
    permissions: row?.permissions ?? [],
    managedBy: row?.managedBy ?? null,
    revision: row?.revision ?? 0,
    createdBy: row?.createdBy ?? null,
    createdTime: timeOf(row?.createdTime ?? null),
    updatedBy: row?.updatedBy ?? null,
    updatedTime: timeOf(row?.updatedTime ?? null),
  };
}

/** Serializes a client of a listing. */
export function serializeClientWithGrant({ client, grant }: ListedClient): ClientWithGrant {
  return { ...serializeClient(client), grant: serializeGrant(client, grant) };
}

/** Serializes a delivery of a client of the project. */
export function serializeDelivery(project: string, row: DeliveryRow): Delivery {
  const { deliveredTime, createdTime, ...rest } = row;
  return { ...rest, project, deliveredTime: deliveredTime.toISOString(), createdTime: createdTime.toISOString() };
}

/** Serializes an actor. */
export function serializeActor(row: ActorRow, trust: Trust | null = null): Actor {
  const { id, name, role, projects, ownerPrefix, ceiling, createdBy } = row;
  return {
    id,
    name,
    role,
    projects,
    ownerPrefix,
    ceiling,
    createdBy,
    createdTime: row.createdTime.toISOString(),
    expiresTime: timeOf(row.expiresTime),
    revokedTime: timeOf(row.revokedTime),
    trust,
  };
}

export function serializeIssuer({ createdTime, ...row }: IssuerRow): Issuer {
  return { ...row, createdTime: createdTime.toISOString() };
}

/** Serializes an environment; the clock of the backend decides whether it has expired and whether its run lives. */
export function serializeEnvironment(row: EnvironmentRow, now: Date): Environment {
  const { project, program, name, pattern, createdBy, updatedBy, expiresTime, lock, lockSeen, deadRuns } = row;
  return {
    project,
    program,
    name,
    pattern,
    createdBy,
    createdTime: row.createdTime.toISOString(),
    updatedBy,
    updatedTime: row.updatedTime.toISOString(),
    expiresTime: timeOf(expiresTime),
    expired: expiresTime !== null && expiresTime <= now,
    lock: lock && { ...lock, seenTime: lockSeen?.toISOString() ?? lock.sinceTime, live: isLive(row, now) },
    deadRuns: deadRuns.map((dead) => ({ ...dead })),
  };
}

/** Serializes a project. */
export function serializeProject({ slug, name, createdBy, createdTime }: ProjectRow): Project {
  return { slug, name, createdBy, createdTime: createdTime.toISOString() };
}

/** Serializes an audit row. */
export function serializeAuditEvent(row: AuditRow): AuditEvent {
  const { id, action, managedBy, revision, before, after, requestId } = row;
  return {
    id,
    time: row.time.toISOString(),
    actor: { id: row.actorId, name: row.actorName },
    action,
    target: { type: row.targetType, id: row.targetId, name: row.targetName, project: row.project },
    managedBy,
    revision,
    before,
    after,
    requestId,
  };
}

function instantOf(milliseconds: number | null): string | null {
  return milliseconds === null ? null : new Date(milliseconds).toISOString();
}

function timeOf(time: Date | null): string | null {
  return time?.toISOString() ?? null;
}
