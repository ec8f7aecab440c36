import type { Selectable } from "kysely";
import type { AuditTable } from "../database/schema";
import type { Connection } from "../database/transaction";

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

/** Selects an audit trail: a client's, a project's (its clients and grants), or everything. */
export interface AuditTrail {
  readonly project?: string;
  readonly client?: string;
}

/** Newest first. */
export async function listAudit(
  db: Connection,
  trail: AuditTrail,
  page: { limit: number; before: string | null },
): Promise<AuditRow[]> {
  let query = db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(page.limit);
  if (trail.project !== undefined) query = query.where("project", "=", trail.project);
  if (trail.client !== undefined) query = query.where("client", "=", trail.client);
  if (page.before !== null) query = query.where("id", "<", page.before);
  const rows = await query.execute();
  // One driver reads PostgreSQL's bigint as text, the other as a number.
  return rows.map((row) => ({ ...row, id: String(row.id) }));
}

/** Checks whether a client was changed after its creation; its grant does not count. */
export async function wasChanged(db: Connection, client: string): Promise<boolean> {
  const row = await db
    .selectFrom("audit")
    .select("id")
    .where("client", "=", client)
    .where("targetType", "=", "client")
    .where("action", "not in", ["client.create", "client.take-over"])
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

function jsonOf(value: Readonly<Record<string, unknown>> | null): string | null {
  return value === null ? null : JSON.stringify(value);
}
