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
  // A restore brings back no credential, so a token of before the delete stays ended, too.
  const { rows } = await sql<{ permissions: string[] | null }>`
    select grants.permissions
    from clients left join grants on grants.client = clients.id
    where clients.id = ${token.client} and clients.deleted_time is null
      and not exists (select from revoked_tokens where jti = ${token.jti})
      and not exists (
        select from audit where client = ${token.client} and action = 'client.delete' and time >= ${token.issuedTime}
      )`.execute(db);
  const [row] = rows;
  return row === undefined ? null : (row.permissions ?? []);
}

/** Remembers that a token was revoked; false when it was before. */
export async function insertRevokedToken(db: Connection, token: Insertable<RevokedTokenTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("revokedTokens")
    .values(token)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}
