import { sql } from "kysely";
import { type Connection, tryAgain } from "../database/transaction";

/** The identity that the migration gave to this database. */
export async function backendId(db: Connection): Promise<string | null> {
  const row = await db.selectFrom("backend").select("id").executeTakeFirst();
  return row?.id ?? null;
}

/** Checks that the database answers and accepts changes, without changing anything. */
export async function ping(db: Connection): Promise<void> {
  await tryAgain(() => sql`select 1 from backend where false for update`.execute(db));
}
