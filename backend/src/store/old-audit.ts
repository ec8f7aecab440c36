import { sql, type Transaction } from "kysely";
import type { Schema } from "../database/schema";
import type { Connection } from "../database/transaction";
import { AUDIT_COLUMNS, AUDIT_WEIGHT, type AuditRow } from "./audit";
import { readRows } from "./pages";

/** As much as is in memory at once. */
const BATCH = { limit: 1_000, bytes: 4 * 1024 * 1024 };

/** Reads the audit rows of before a time, oldest first, a batch at a time. */
export async function* readAuditBefore(db: Connection, before: Date): AsyncGenerator<readonly AuditRow[]> {
  let last: { readonly position: string; readonly id: string } | undefined;
  for (let more = true; more; ) {
    let query = db
      .selectFrom("audit")
      .selectAll()
      .select(AUDIT_WEIGHT.as("weight"))
      .where("time", "<", before)
      .orderBy("time")
      .orderBy("id");
    if (last !== undefined) {
      query = query.where(sql<boolean>`(time, id) > (${last.position}::timestamptz, ${last.id}::bigint)`);
    }
    const rest = query;
    const listing = {
      ...{ rows: (limit: number) => rest.limit(limit), columns: AUDIT_COLUMNS, order: sql`time, id` },
      // JavaScript's times have no microseconds.
      more: { position: sql<string>`listed.time::text` },
    };
    const batch = await readRows<AuditRow, { position: string }>(db, listing, BATCH);
    const rows = batch.rows.map(({ position, ...row }) => ({ ...row, id: String(row.id), position }));
    last = rows.at(-1);
    if (rows.length > 0) yield rows.map(({ position, ...row }) => row);
    more = batch.more;
  }
}

/** Whether the role of the connection may delete audit rows: that of the owner of the table. */
export async function ownsAudit(db: Connection): Promise<boolean> {
  const { rows } = await sql<{ owns: boolean }>`select pg_has_role(current_user, relowner, 'usage') as owns
    from pg_class where oid = 'audit'::regclass`.execute(db);
  return rows[0]?.owns === true;
}

/** Lets the transaction delete audit rows; a trigger refuses it otherwise. */
export async function allowAuditDelete(transaction: Transaction<Schema>): Promise<void> {
  await sql`select set_config('xtremepush_access.audit_prune', 'on', true)`.execute(transaction);
}

/** Deletes audit rows by their IDs; answers how many there were. */
export async function deleteAudit(transaction: Transaction<Schema>, ids: readonly string[]): Promise<number> {
  const { numDeletedRows } = await transaction
    .deleteFrom("audit")
    .where("id", "in", [...ids])
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
