import { AccessError, type AuditEvent, type Client } from "xtremepush-access";
import { visibleValue, word } from "xtremepush-access/text";
import { differenceLines } from "./permission-difference";
import type { Connection } from "./session";

/** How many changes an error lists; the command line of the backend has them all. */
const CHANGES_MAX = 20;
/** How many rows of the record are looked at: a client and its grant share one. */
const ROWS_MAX = 1_000;
const PAGE = 100;
/** Longest value in a line, in code points: a description is longer. */
const VALUE_MAX = 200;

/** Between which revisions a client or its grant was changed. */
export interface Span {
  readonly client: string;
  readonly target: "client" | "grant";
  /** The revision that this resource has seen last. */
  readonly seen: number;
  /** The revision that is live. */
  readonly live: number;
}

/**
 * Lists who changed what between two revisions, the latest change first: a line for each change, and below it one for
 * each permission or field.
 *
 * @returns no lines where the record cannot be read or tells no revisions, as that of an older backend.
 */
export async function historyLines(connection: Pick<Connection, "access" | "project">, span: Span): Promise<string[]> {
  const events = await eventsOf(connection, span).catch((error: unknown) => {
    // The mismatch itself must be reported; the record only explains it.
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

/** Finds who made the current secret of a client; null where the record cannot be read, or does not tell. */
export async function makerOf(
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
    // The secret is to be replaced, whoever made it.
    if (!AccessError.is(error)) throw error;
  }
  return null;
}

/** The owner with which a client was made; null when it had none, or the record cannot be read. */
export async function ownerWhenMade({ access, project }: Pick<Connection, "access" | "project">, id: string) {
  let rows = 0;
  try {
    for await (const { action, managedBy } of access.audit.ofClient(project, id, { limit: ROWS_MAX })) {
      if (action === "client.create") return managedBy;
      rows += 1;
      if (rows === ROWS_MAX) break;
    }
  } catch (error) {
    // What cannot be determined is not taken for the program's own.
    if (!AccessError.is(error)) throw error;
  }
  return null;
}

async function eventsOf(
  { access, project }: Pick<Connection, "access" | "project">,
  { client, target, seen }: Span,
): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  let rows = 0;
  for await (const event of access.audit.ofClient(project, client, { limit: PAGE })) {
    rows += 1;
    const isOurs = event.target.type === target;
    // Newest first: what follows was there before.
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
  // An update says by its fields what it is; a restore or a new secret by its name.
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
  if (isMap(before) || isMap(after)) {
    const [was, is] = [isMap(before) ? before : {}, isMap(after) ? after : {}];
    const keys = [...new Set([...Object.keys(was), ...Object.keys(is)])];
    return keys.flatMap((key) => fieldLines(`${field}.${key}`, was[key], is[key]));
  }
  return [`${word(field)}: ${visibleValue(before, VALUE_MAX)} -> ${visibleValue(after, VALUE_MAX)}`];
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.map(String) : [];
}
