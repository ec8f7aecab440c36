import type { Insertable, Selectable } from "kysely";
import type { GrantTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type GrantRow = Selectable<GrantTable>;

/** Returns null if the grant was never set. */
export async function findGrant(db: Connection, client: string): Promise<GrantRow | null> {
  return (await db.selectFrom("grants").selectAll().where("client", "=", client).executeTakeFirst()) ?? null;
}

/** Sets the whole grant; the caller must hold the client's lock. */
export async function saveGrant(db: Connection, grant: Insertable<GrantTable>): Promise<GrantRow> {
  const { permissions, managedBy, revision, updatedBy, updatedTime } = grant;
  return db
    .insertInto("grants")
    .values(grant)
    .onConflict((conflict) =>
      conflict.column("client").doUpdateSet({ permissions, managedBy, revision, updatedBy, updatedTime }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}
