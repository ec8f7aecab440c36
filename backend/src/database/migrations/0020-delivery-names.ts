import { type Kysely, sql } from "kysely";

// The default is for a replica of the version before, which does not write the column.
const STATEMENTS = [
  "alter table deliveries add column names jsonb not null default '[]'",
  "create index deliveries_environment on deliveries (environment, created_time, id)",
] as const;

/** Adds what a delivery writes at its destination, and finds the deliveries of an environment. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
