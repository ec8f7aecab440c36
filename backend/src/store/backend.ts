import { sql } from "kysely";
import type { Connection } from "../database/transaction";

/** The identity that the migration gave to this database. */
export async function backendId(db: Connection): Promise<string | null> {
  const row = await db.selectFrom("backend").select("id").executeTakeFirst();
  return row?.id ?? null;
}

/** Asks the database for nothing, to hear whether it answers. */
export async function ping(db: Connection): Promise<void> {
  await sql`select 1`.execute(db);
}
