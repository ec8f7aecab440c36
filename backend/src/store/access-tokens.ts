import { type Insertable, sql } from "kysely";
import type { RevokedTokenTable } from "../database/schema";
import type { Connection } from "../database/transaction";

/** Which token is meant. */
export interface TokenKey {
  readonly jti: string;
  readonly client: string;
  /** When it was issued: the second begun. */
  readonly issuedTime: Date;
}

/**
 * The permissions that the client of a token has now, read by one statement; null when the token counts no more: its client
 * is deleted, or was since the token was issued, or the token was revoked.
 */
export async function findLivePermissions(db: Connection, token: TokenKey): Promise<readonly string[] | null> {
  const row = await db
    .selectFrom("clients")
    .leftJoin("grants", "grants.client", "clients.id")
    .select("grants.permissions")
    .where("clients.id", "=", token.client)
    .where("clients.deletedTime", "is", null)
    .where(({ not, exists, selectFrom }) =>
      not(exists(selectFrom("revokedTokens").select(sql`1`.as("one")).where("jti", "=", token.jti))),
    )
    // A restore brings back no credential, so what a dead one was given for stays dead, too.
    .where(({ not, exists, selectFrom }) =>
      not(
        exists(
          selectFrom("audit")
            .select(sql`1`.as("one"))
            .where("client", "=", token.client)
            .where("action", "=", "client.delete")
            .where("time", ">=", token.issuedTime),
        ),
      ),
    )
    .executeTakeFirst();
  return row === undefined ? null : (row.permissions ?? []);
}

/** Remembers that a token was revoked; once more is the same. */
export async function insertRevokedToken(db: Connection, token: Insertable<RevokedTokenTable>): Promise<void> {
  await db
    .insertInto("revokedTokens")
    .values(token)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}
