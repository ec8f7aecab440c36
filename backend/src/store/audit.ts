import { type RawBuilder, type Selectable, sql } from "kysely";
import type { AuditTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import type { ClientKey } from "./clients";
import { type Columns, type Part, type Rows, readRows } from "./pages";

export type AuditRow = Selectable<AuditTable>;

/** The record of one change; `before` and `after` hold the changed fields and never a secret or its hash. */
export interface AuditEntry extends Omit<AuditRow, "id" | "revision" | "before" | "after"> {
  readonly revision?: number | null;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

export async function insertAudit(db: Connection, entry: AuditEntry): Promise<void> {
  const { before, after, revision = null, ...rest } = entry;
  await db
    .insertInto("audit")
    .values({ ...rest, revision, before: jsonOf(before), after: jsonOf(after) })
    .execute();
}

/** Selects an audit trail: a client's, a project's (its clients and grants), or everything; `actor` is an ID or a name. */
export interface AuditTrail {
  readonly project?: string;
  readonly client?: string;
  readonly since?: string | undefined;
  readonly until?: string | undefined;
  readonly actor?: string | undefined;
  readonly action?: string | undefined;
}

/** Newest first. */
export async function listAudit(db: Connection, trail: AuditTrail, part: Part<string>): Promise<Rows<AuditRow>> {
  let query = db.selectFrom("audit").selectAll().select(AUDIT_WEIGHT.as("weight")).orderBy("id", "desc");
  if (trail.project !== undefined) query = query.where("project", "=", trail.project);
  if (trail.client !== undefined) query = query.where("client", "=", trail.client);
  const { since, until, actor, action } = trail;
  if (since !== undefined) query = query.where("time", ">=", new Date(since)).where("id", ">=", firstSince(since));
  if (until !== undefined) query = query.where("time", "<", new Date(until));
  if (actor !== undefined) query = query.where((is) => is.or([is("actorId", "=", actor), is("actorName", "=", actor)]));
  if (action !== undefined) query = query.where("action", "=", action);
  if (part.after !== null) query = query.where("id", "<", part.after);
  const { rows, ...rest } = await readRows(
    db,
    { rows: (limit: number) => query.limit(limit), columns: AUDIT_COLUMNS, order: sql`id desc` },
    part,
  );
  // JSON has numbers for PostgreSQL's bigint.
  return { rows: rows.map((row) => ({ ...row, id: String(row.id) })), ...rest };
}

/** Checks whether a trail has any row. */
export async function hasAudit(db: Connection, { project, client }: Required<Pick<AuditTrail, "project" | "client">>) {
  const row = await db
    .selectFrom("audit")
    .select("id")
    .where("client", "=", client)
    .where("project", "=", project)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Checks whether an actor has made itself or replaced its own token, as the backend lets its own actors do. By request only admins
 * do that.
 */
export async function isSelfMade(db: Connection, actor: string): Promise<boolean> {
  const row = await db
    .selectFrom("audit")
    .select("id")
    .where("actorId", "=", actor)
    .where("targetId", "=", actor)
    .where("action", "in", ["actor.create", "actor.rotate"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Finds the last delete of a client in its trail, also when the client itself was removed since. */
export async function findDeletion(
  db: Connection,
  { project, id }: ClientKey,
): Promise<{ readonly deletedTime: Date; readonly deletedBy: string } | null> {
  const row = await db
    .selectFrom("audit")
    .select(["time as deletedTime", "actorName as deletedBy"])
    .where("client", "=", id)
    .where("project", "=", project)
    .where("action", "=", "client.delete")
    .orderBy("id", "desc")
    .limit(1)
    .executeTakeFirst();
  return row ?? null;
}

/** The columns of a listing. */
export const AUDIT_COLUMNS: Columns<AuditRow> = {
  id: "value",
  time: "time",
  actorId: "value",
  actorName: "value",
  action: "value",
  targetType: "value",
  targetId: "value",
  targetName: "value",
  project: "value",
  client: "value",
  managedBy: "value",
  revision: "value",
  before: "value",
  after: "value",
  requestId: "value",
};

/**
 * Ends the reading of a trail at the instant; replicas' clocks differ, so the first row by time need not have the lowest ID.
 *
 * The offset keeps PostgreSQL from looking for the lowest ID in the order of IDs, from the start of the trail.
 */
function firstSince(since: string) {
  return sql<string>`(
    select min(id) from (select id from audit where time >= ${new Date(since)} offset 0) as found
  )`;
}

/** About how many bytes a row has in an answer. */
export const AUDIT_WEIGHT = sql<number>`(
  500 + coalesce(octet_length(target_name), 0) + coalesce(octet_length(managed_by), 0)
  + ${sizeOf("before")} + ${sizeOf("after")}
)`;

/** The size of a column is that of its compressed value; of an expression it is not, but takes long to compute. */
function sizeOf(column: "before" | "after"): RawBuilder<number> {
  const value = sql.ref(column);
  return sql<number>`case
    when ${value} is null then 0
    when pg_column_compression(${value}) is null then pg_column_size(${value})
    else pg_column_size(${value} || '{}')
  end`;
}

function jsonOf(value: Readonly<Record<string, unknown>> | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
