import { AccessError, type AuditEvent, type Client } from "xtremepush-access";
import { word } from "xtremepush-access/text";
import { differenceLines } from "./permission-difference";
import type { Connection } from "./session";
import { showValue } from "./show-value";
import { isProperties } from "./wire";

/** How many changes an error lists; the command line of the backend has them all. */
const CHANGES_MAX = 20;
/** How many audit rows are read: a client and its grant share one record. */
const ROWS_MAX = 1_000;
const PAGE = 100;

/** The revisions between which a client or its grant changed. */
export interface Span {
  readonly client: string;
  readonly target: "client" | "grant";
  /** The revision that this resource last saw. */
  readonly seen: number;
  /** The revision that is live. */
  readonly live: number;
}

/**
 * Lists who changed what between two revisions, the latest change first: a line for each change, and below it one for
 * each permission or field.
 *
 * @returns no lines when the audit record cannot be read, or has no revisions, as on an older backend.
 */
export async function historyLines(connection: Pick<Connection, "access" | "project">, span: Span): Promise<string[]> {
  const events = await readEvents(connection, span).catch((error: unknown) => {
    // The mismatch must be reported; the audit record only explains it.
    if (AccessError.is(error)) return [];
    throw error;
  });
  if (events.length === 0) return [];
  const more = span.live - span.seen - events.length;
  const rest =
    more > 0
      ? [
          `  and ${more} more; see \`xtremepush-access-backend client audit ${span.client} --project ${connection.project}\``,
        ]
      : [];
  return [...events.flatMap(eventLines), ...rest];
}

/** Finds who created the current secret of a client; null when the audit record does not show it. */
export async function findSecretMaker(
  { access, project }: Pick<Connection, "access" | "project">,
  { id, secretVersion }: Client,
): Promise<string | null> {
  let rows = 0;
  try {
    for await (const { action, actor, after, target } of access.audit.ofClient(project, id, { limit: PAGE })) {
      const makes = action === "client.reissue-secret" || after?.["secretVersion"] === secretVersion;
      if (target.type === "client" && makes) return actor.name;
      rows += 1;
      if (rows === ROWS_MAX) break;
    }
  } catch (error) {
    // The secret is replaced, whoever created it.
    if (!AccessError.is(error)) throw error;
  }
  return null;
}

/** Finds the owner with which a client was created; null when it had none or the audit record cannot be read. */
export async function findFirstOwner({ access, project }: Pick<Connection, "access" | "project">, id: string) {
  let rows = 0;
  try {
    for await (const { action, managedBy } of access.audit.ofClient(project, id, { limit: ROWS_MAX })) {
      if (action === "client.create") return managedBy;
      rows += 1;
      if (rows === ROWS_MAX) break;
    }
  } catch (error) {
    // Without the record, the client does not count as the program's own.
    if (!AccessError.is(error)) throw error;
  }
  return null;
}

async function readEvents(
  { access, project }: Pick<Connection, "access" | "project">,
  { client, target, seen }: Span,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let rows = 0;
  for await (const event of access.audit.ofClient(project, client, { limit: PAGE })) {
    rows += 1;
    const isOurs = event.target.type === target;
    // Newest first: all later rows are older changes.
    if (isOurs && (event.revision === null || event.revision <= seen)) break;
    if (isOurs) events.push(event);
    if (events.length === CHANGES_MAX || rows === ROWS_MAX) break;
  }
  return events;
}

function eventLines({ revision, actor, time, action, before, after }: AuditEvent): string[] {
  const was = before ?? {};
  const is = after ?? {};
  const fields = [...new Set([...Object.keys(was), ...Object.keys(is)])];
  const lines = fields.flatMap((field) => fieldLines(field, was[field], is[field]));
  // The fields describe an update; only its name describes a restore or a new secret.
  const title = action.endsWith(".update") && lines.length > 0 ? [] : [word(action)];
  return [
    `  revision ${revision}, ${word(actor.name)} at ${word(time)}:`,
    ...[...title, ...lines].map((line) => `    ${line}`),
  ];
}

function fieldLines(field: string, before: unknown, after: unknown): string[] {
  if (field === "permissions") {
    return differenceLines(textsOf(before), textsOf(after)).map((line) => line.trim());
  }
  if (isProperties(before) || isProperties(after)) {
    const [was, is] = [isProperties(before) ? before : {}, isProperties(after) ? after : {}];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => fieldLines(`${field}.${key}`, was[key], is[key]));
  }
  return [`${word(field)}: ${showValue(before)} -> ${showValue(after)}`];
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
