import { sql } from "kysely";
import type { Database } from "../../../backend/src/database/open";

/** What a database holds, as `pg_dump --data-only` writes it. */
export type Dump = readonly { readonly table: string; readonly rows: string }[];

/** Dumps all tables. npm's PostgreSQL has no pg_dump. */
export async function dumpDatabase({ db }: Database): Promise<Dump> {
  const { rows: tables } = await sql<{ name: string }>`select table_name as name from information_schema.tables
    where table_schema = 'public' and table_name not like 'kysely%'`.execute(db);
  return Promise.all(
    tables.map(async ({ name }) => {
      const { rows } = await sql<{ rows: string }>`
        select coalesce(json_agg(kept), '[]')::text as rows from ${sql.table(name)} as kept`.execute(db);
      return { table: name, rows: rows[0]?.rows ?? "[]" };
    }),
  );
}

/** Brings all tables back to a dump, under a backend that runs. */
export async function restoreDatabase({ db }: Database, dump: Dump): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    // Neither the trigger of the audit rows nor the order of references counts, as in pg_restore --disable-triggers.
    await sql`set local session_replication_role = replica`.execute(transaction);
    for (const { table, rows } of dump) {
      await sql`delete from ${sql.table(table)}`.execute(transaction);
      await sql`insert into ${sql.table(table)} overriding system value
        select * from json_populate_recordset(null::${sql.table(table)}, ${rows}::json)`.execute(transaction);
    }
    for (const table of ["audit", "access_changes"]) {
      const sequence = sql`pg_get_serial_sequence(${table}, 'id')`;
      await sql`select setval(${sequence}, (select max(id) from ${sql.table(table)}))`.execute(transaction);
    }
  });
}
