import type { Insertable, Selectable } from "kysely";
import type { CredentialTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type CredentialRow = Selectable<CredentialTable>;

/** What the token endpoint needs to know of a live client: one row for each of its live credentials. */
export interface TokenCredential {
  readonly client: string;
  readonly project: string;
  /** Empty while the grant was never set. */
  readonly permissions: readonly string[];
  /** Null in the one row of a client without a live credential. */
  readonly credential: string | null;
  readonly secretHash: Uint8Array | null;
  readonly firstUsedTime: Date | null;
}

/** No rows when the client is unknown or deleted. */
export async function findTokenCredentials(db: Connection, client: string, time: Date): Promise<TokenCredential[]> {
  const rows = await db
    .selectFrom("clients")
    .leftJoin("grants", "grants.client", "clients.id")
    .leftJoin("credentials", (join) =>
      join
        .onRef("credentials.client", "=", "clients.id")
        .on("credentials.revokedTime", "is", null)
        .on(({ or, eb }) => or([eb("credentials.expiresTime", "is", null), eb("credentials.expiresTime", ">", time)])),
    )
    .select([
      "clients.id as client",
      "clients.project",
      "grants.permissions",
      "credentials.id as credential",
      "credentials.secretHash",
      "credentials.firstUsedTime",
    ])
    .where("clients.id", "=", client)
    .where("clients.deletedTime", "is", null)
    .execute();
  return rows.map((row) => ({ ...row, permissions: row.permissions ?? [] }));
}

export async function insertCredential(db: Connection, credential: Insertable<CredentialTable>): Promise<void> {
  await db.insertInto("credentials").values(credential).execute();
}

/** Locks the client's live credentials, so that a first use is seen or waits. */
export async function lockLiveCredentials(db: Connection, client: string): Promise<CredentialRow[]> {
  return db
    .selectFrom("credentials")
    .selectAll()
    .where("client", "=", client)
    .where("revokedTime", "is", null)
    .forUpdate()
    .execute();
}

/** Ends every credential of a client. */
export async function revokeCredentials(db: Connection, client: string, time: Date): Promise<void> {
  await db
    .updateTable("credentials")
    .set({ revokedTime: time })
    .where("client", "=", client)
    .where("revokedTime", "is", null)
    .execute();
}

/** One use of a credential of a client. */
export interface CredentialUse {
  readonly client: string;
  readonly credential: string;
  readonly time: Date;
}

/** Writes a use down; false when the credential or its client has ended meanwhile, so it must not count. */
export async function recordUse(transaction: Connection, use: CredentialUse): Promise<boolean> {
  // The client first: whoever changes it locks in this order, so neither waits for the other in a circle.
  const client = await transaction
    .updateTable("clients")
    .set(({ fn, val, ref }) => ({ lastUsedTime: fn("greatest", [ref("lastUsedTime"), val(use.time)]) }))
    .where("id", "=", use.client)
    .where("deletedTime", "is", null)
    .returning("id")
    .executeTakeFirst();
  const credential = await transaction
    .updateTable("credentials")
    .set(({ fn, val, ref }) => ({
      firstUsedTime: fn.coalesce(ref("firstUsedTime"), val(use.time)),
      lastUsedTime: fn("greatest", [ref("lastUsedTime"), val(use.time)]),
    }))
    .where("id", "=", use.credential)
    .where("revokedTime", "is", null)
    .returning("id")
    .executeTakeFirst();
  return client !== undefined && credential !== undefined;
}
