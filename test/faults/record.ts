import { isDeepStrictEqual } from "node:util";
import type { AuditEvent } from "xtremepush-access/schemas";

/** A client with its grant, from its audit rows or live. */
export interface Recorded {
  readonly client: {
    readonly name: unknown;
    readonly description: unknown;
    readonly managedBy: unknown;
    readonly secretVersion: unknown;
    /** Fingerprints by label. */
    readonly publicKeys: Readonly<Record<string, unknown>>;
  };
  readonly revision: number;
  readonly grant: { readonly permissions: unknown; readonly managedBy: unknown };
  readonly grantRevision: number;
  readonly deleted: boolean;
  /** How many secrets were created for it. */
  readonly secrets: number;
}

/** What the audit rows of a client show, and where they contradict each other. */
export interface Replay {
  readonly recorded: Recorded;
  readonly gaps: readonly string[];
}

/** Replays the audit rows of a project, the oldest first, into the state of each client that ever existed. */
export function replay(rows: readonly AuditEvent[]): Map<string, Replay> {
  const all = new Map<string, Replay>();
  for (const row of rows) {
    const { type, id } = row.target;
    if (type !== "client" && type !== "grant") continue;
    all.set(id, next(all.get(id), row));
  }
  return all;
}

const NOTHING: Recorded = {
  client: { name: null, description: null, managedBy: null, secretVersion: 0, publicKeys: {} },
  revision: 0,
  grant: { permissions: [], managedBy: null },
  grantRevision: 0,
  deleted: false,
  secrets: 0,
};

function next(before: Replay | undefined, row: AuditEvent): Replay {
  const recorded = before?.recorded ?? NOTHING;
  const gaps = [...(before?.gaps ?? []), ...gapsOf(recorded, row).map((gap) => `${row.action} ${row.id}: ${gap}`)];
  return { recorded: row.target.type === "grant" ? withGrant(recorded, row) : withClient(recorded, row), gaps };
}

/** What a row says about the state before it, where earlier rows disagree. */
function gapsOf(recorded: Recorded, { action, target, revision, before }: AuditEvent): string[] {
  const { deletedTime: _, ...fields } = before ?? {};
  const isGrant = target.type === "grant";
  const current: Readonly<Record<string, unknown>> = isGrant
    ? recorded.grant
    : { ...recorded.client, permissions: recorded.grant.permissions };
  const gaps = Object.entries(fields).flatMap(([field, value]) => {
    const there = field === "publicKeys" ? sameLabels(recorded.client.publicKeys, value) : current[field];
    return isDeepStrictEqual(there, value)
      ? []
      : [`${field} was ${JSON.stringify(value)}, not ${JSON.stringify(there)}`];
  });
  const seen = isGrant ? recorded.grantRevision : recorded.revision;
  const expected = action === "client.delete" ? null : seen + 1;
  // A take-over that does not change the client makes no revision.
  const isWithout = action === "client.take-over" && revision === null;
  if (revision !== expected && !isWithout) gaps.push(`it made revision ${revision}, not ${expected}`);
  if (action === "client.create" && seen !== 0) gaps.push("the client was there already");
  if (action !== "client.create" && recorded.revision === 0) gaps.push("the client's making is missing");
  const isRestore = action === "client.restore";
  if (recorded.deleted && !isRestore) gaps.push("the client was deleted already");
  if (isRestore && !recorded.deleted) gaps.push("the client's end is missing");
  return gaps;
}

/** The labels that a row names; null for one that did not exist. */
function sameLabels(keys: Readonly<Record<string, unknown>>, named: unknown): Record<string, unknown> {
  return Object.fromEntries(Object.keys(Object(named)).map((label) => [label, keys[label] ?? null]));
}

function withGrant(recorded: Recorded, { revision, after }: AuditEvent): Recorded {
  return { ...recorded, grant: { ...recorded.grant, ...after }, grantRevision: revision ?? recorded.grantRevision };
}

function withClient(recorded: Recorded, { action, revision, after }: AuditEvent): Recorded {
  if (action === "client.delete") return { ...recorded, deleted: true };
  const { secretOverlap: _, deletedTime: __, publicKeys, ...fields } = after ?? {};
  if (action === "client.restore") {
    const client = { ...recorded.client, ...fields, publicKeys: {} };
    return { ...recorded, client, revision: revision ?? recorded.revision, deleted: false };
  }
  const client = {
    ...recorded.client,
    ...fields,
    publicKeys: merged(recorded.client.publicKeys, Object(publicKeys ?? {})),
  };
  return {
    ...recorded,
    client,
    revision: revision ?? recorded.revision,
    secrets: recorded.secrets + (makesSecret(action, client.secretVersion, fields) ? 1 : 0),
  };
}

function merged(keys: Readonly<Record<string, unknown>>, changes: Readonly<Record<string, unknown>>) {
  return Object.fromEntries(Object.entries({ ...keys, ...changes }).filter(([, fingerprint]) => fingerprint !== null));
}

function makesSecret(action: string, version: unknown, fields: Readonly<Record<string, unknown>>): boolean {
  if (version === 0) return false;
  return action !== "client.update" || "secretVersion" in fields;
}
