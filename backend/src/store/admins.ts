import type { Connection } from "../database/transaction";

/** Reports whether an admin was ever made; a revoked or expired one counts, so that waiting makes no one an admin. */
export async function hasAdmin(db: Connection): Promise<boolean> {
  const row = await db.selectFrom("actors").select("id").where("role", "=", "admin").limit(1).executeTakeFirst();
  return row !== undefined;
}
