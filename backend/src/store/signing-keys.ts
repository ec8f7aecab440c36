import type { Selectable } from "kysely";
import type { SigningKeyTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type SigningKeyRow = Selectable<SigningKeyTable>;

/** Lists all stored keys; a key stays until its last token has expired. */
export function listSigningKeys(connection: Connection): Promise<SigningKeyRow[]> {
  return connection.selectFrom("signingKeys").selectAll().orderBy("activeTime").execute();
}

export async function insertSigningKey(connection: Connection, key: SigningKeyRow): Promise<void> {
  await connection
    .insertInto("signingKeys")
    .values({ ...key, publicJwk: JSON.stringify(key.publicJwk) })
    .execute();
}

/** Replaces a stored private part with its encrypted form. */
export async function encryptSigningKey(connection: Connection, kid: string, privateJwk: string): Promise<void> {
  await connection.updateTable("signingKeys").set({ privateJwk, encrypted: true }).where("kid", "=", kid).execute();
}

export async function deleteSigningKeys(connection: Connection, kids: readonly string[]): Promise<void> {
  if (kids.length === 0) return;
  await connection.deleteFrom("signingKeys").where("kid", "in", kids).execute();
}
