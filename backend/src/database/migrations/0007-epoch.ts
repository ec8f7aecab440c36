import { type Kysely, sql } from "kysely";

/** Adds the epoch, which a restore of the database raises; a replica of the version before does not look at it. */
export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw("alter table backend add column epoch bigint not null default 1").execute(db);
}
