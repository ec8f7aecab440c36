import { type Kysely, sql } from "kysely";

/** Finds the highest version that a secret of a client ever had, also an ended one, without reading all of them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("create index credentials_versions on credentials (client, version) where kind = 'secret'").execute(db);
}
