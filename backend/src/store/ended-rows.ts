import { sql } from "kysely";
import type { Connection } from "../database/transaction";

/** What counts until its `expires_time`. */
const TABLES = ["assertions", "revoked_tokens"] as const;
/** As many rows as are removed at once: a few milliseconds of work. */
const BATCH = 5_000;

/** Forgets the used assertions and the revoked tokens that ended before a time, batch by batch, so that no statement is long. */
export async function deleteEndedRows(db: Connection, time: Date): Promise<void> {
  for (const table of TABLES) {
    while ((await deleteBatch(db, table, time)) === BATCH);
  }
}

async function deleteBatch(db: Connection, table: (typeof TABLES)[number], time: Date): Promise<number> {
  const { numAffectedRows } = await sql`delete from ${sql.table(table)} where ctid = any(array(
    select ctid from ${sql.table(table)} where expires_time < ${time} limit ${BATCH}))`.execute(db);
  return Number(numAffectedRows ?? 0);
}
