import { type Kysely, sql } from "kysely";

const STATEMENTS = [
  `create table revoked_tokens (
    jti text primary key,
    client text not null,
    expires_time timestamptz not null
  )`,
  "create index revoked_tokens_end on revoked_tokens (expires_time)",
] as const;

/** Adds the access tokens that their clients have revoked; a replica of the version before does not look at them. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
