import { sql } from "kysely";
import { type Connection, tryAgain } from "../database/transaction";

/** The identity that the migration gave to this database. */
export async function backendId(db: Connection): Promise<string | null> {
  const row = await db.selectFrom("backend").select("id").executeTakeFirst();
  return row?.id ?? null;
}

/** Asks the database for nothing, in a way that fails where it takes no changes. */
export async function ping(db: Connection): Promise<void> {
  await tryAgain(() => sql`select 1 from backend where false for update`.execute(db));
}
