import { type Kysely, sql } from "kysely";

/** Adds the permissions that an actor may cause anybody to have; a replica of the version before does not look at them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table actors add column ceiling text[]").execute(db);
}
