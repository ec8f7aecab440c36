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
export async function historyLines(connection: Place, span: Span): Promise<string[]> {
  const events = (await ifReadable(() => readEvents(connection, span))) ?? [];
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

type Place = Pick<Connection, "access" | "project">;

/** Finds who created the current secret of a client; null when the audit record does not show it. */
export function findSecretMaker(place: Place, { id, secretVersion }: Client): Promise<string | null> {
  return ifReadable(async () => {
    for await (const { action, actor, after, target } of rowsOf(place, id)) {
      const makes = action === "client.reissue-secret" || after?.["secretVersion"] === secretVersion;
      if (target.type === "client" && makes) return actor.name;
    }
    return null;
  });
}

/** Finds the owner with which a client was created; null when it had none or the audit record cannot be read. */
export function findFirstOwner(place: Place, id: string): Promise<string | null> {
  return ifReadable(async () => {
    for await (const { action, managedBy } of rowsOf(place, id, ROWS_MAX)) {
      if (action === "client.create") return managedBy;
    }
    return null;
  });
}

/** A change of an owner to another one. */
export interface OwnerMove {
  readonly actor: string;
  readonly time: string;
  /** The revision after it. */
  readonly revision: number | null;
}

/** A change of an owner, as it is looked for. */
interface Owners {
  readonly client: string;
  readonly target: Span["target"];
  readonly from: string | null;
  readonly to: string | null;
}

/**
 * Finds the change from one owner to the other, when it was the last change of the owner and its actor has written as the
 * former owner before: a program whose name or whose resource's name has changed does that, and so does one with a copy of
 * the state. Returns null for any other, and when the audit record cannot be read.
 */
export function findOwnerMove(place: Place, { client, target, from, to }: Owners): Promise<OwnerMove | null> {
  return ifReadable(async () => {
    const rows: AuditEvent[] = [];
    for await (const event of rowsOf(place, client)) if (event.target.type === target) rows.push(event);
    const index = rows.findIndex(({ before, after }) => before?.["managedBy"] !== after?.["managedBy"]);
    const move = rows[index];
    if (move === undefined || move.before?.["managedBy"] !== from || move.after?.["managedBy"] !== to) return null;
    const { actor, time, revision } = move;
    const isOfOwner = rows.slice(index + 1).some((row) => row.managedBy === from && row.actor.id === actor.id);
    return isOfOwner ? { actor: actor.name, time, revision } : null;
  });
}

/** Reads the changes of a client and its grant, newest first. */
async function* rowsOf({ access, project }: Place, client: string, limit = PAGE): AsyncGenerator<AuditEvent> {
  let rows = 0;
  for await (const event of access.audit.ofClient(project, client, { limit })) {
    yield event;
    rows += 1;
    if (rows === ROWS_MAX) return;
  }
}

/** The audit record only explains what must happen anyway, so null where it cannot be read. */
async function ifReadable<T>(find: () => Promise<T | null>): Promise<T | null> {
  try {
    return await find();
  } catch (error) {
    if (AccessError.is(error)) return null;
    throw error;
  }
}

async function readEvents(place: Place, { client, target, seen }: Span): Promise<AuditEvent[]> {
  const events: AuditEvent[] = [];
  for await (const event of rowsOf(place, client)) {
    const isOurs = event.target.type === target;
    // Newest first: all later rows are older changes.
    if (isOurs && (event.revision === null || event.revision <= seen)) break;
    if (isOurs) events.push(event);
    if (events.length === CHANGES_MAX) break;
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
