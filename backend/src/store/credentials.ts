import type { Insertable, Selectable } from "kysely";
import type { CredentialTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type CredentialRow = Selectable<CredentialTable>;

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
