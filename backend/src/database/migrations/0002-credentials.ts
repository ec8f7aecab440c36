import { type Kysely, sql } from "kysely";

// Every new column may be null, so that a replica of the version before keeps working beside this one.
const STATEMENTS = [
  `alter table credentials
    add column label text,
    add column pem text,
    add column key_type text,
    add column algorithms text[],
    add column fingerprint text,
    add column not_before timestamptz,
    add column not_after timestamptz,
    add column superseded_time timestamptz`,
  `create unique index credentials_label on credentials (client, label)
    where kind = 'public-key' and revoked_time is null`,
  "create index clients_deleted on clients (project, created_time, id) where deleted_time is not null",

  "alter table actors add column owner_prefix text",
  "alter table audit add column revision integer",

  `create table assertions (
    client text not null,
    jti_hash bytea not null,
    expires_time timestamptz not null,
    primary key (client, jti_hash)
  )`,
  "create index assertions_end on assertions (expires_time)",
] as const;

/** Adds public keys, the overlap of secrets, actors bound to owners, and the record of used assertions. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
