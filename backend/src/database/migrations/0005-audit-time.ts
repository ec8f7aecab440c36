import { type Kysely, sql } from "kysely";

/** Finds the changes since an instant without reading the whole audit trail. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index audit_time on audit (time, id)").execute(db);
}
