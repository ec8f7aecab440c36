import { type Kysely, sql, type Transaction } from "kysely";
import type { Schema } from "../../../backend/src/database/schema";

/** Counts the rows of a table that some work reads in a transaction. */
export async function rowsRead(
  db: Kysely<Schema>,
  table: keyof Schema,
  work: (transaction: Transaction<Schema>) => Promise<unknown>,
): Promise<number> {
  return db.transaction().execute(async (transaction) => {
    const before = await readSoFar(transaction, table);
    await work(transaction);
    return (await readSoFar(transaction, table)) - before;
  });
}

async function readSoFar(transaction: Transaction<Schema>, table: string): Promise<number> {
  const { rows } = await sql<{ readonly count: string | number }>`
    select seq_tup_read + idx_tup_fetch as count from pg_stat_xact_user_tables where relname = ${table}`.execute(
    transaction,
  );
  return Number(rows[0]?.count);
}
