import type { Insertable, Selectable } from "kysely";
import type { GrantTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type GrantRow = Selectable<GrantTable>;

/** Null while the grant was never set. */
export async function findGrant(db: Connection, client: string): Promise<GrantRow | null> {
  return (await db.selectFrom("grants").selectAll().where("client", "=", client).executeTakeFirst()) ?? null;
}

/** Sets the whole grant; the caller holds the lock of its client. */
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
