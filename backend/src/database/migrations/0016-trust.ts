import { type Kysely, sql } from "kysely";

// The cascades also work for a replica of the version before, which does not know the tables.
const STATEMENTS = [
  `create table issuers (
    name text primary key,
    url text not null unique,
    audience text not null,
    reusable boolean not null,
    created_by text not null,
    created_time timestamptz not null
  )`,
  `create table trust_rules (
    actor text primary key references actors (id) on delete cascade,
    issuer text not null references issuers (name),
    claims jsonb not null,
    lifetime_seconds integer not null
  )`,
  "create index trust_rules_issuer on trust_rules (issuer)",
  `create table actor_tokens (
    token_hash bytea primary key,
    actor text not null references actors (id) on delete cascade,
    created_time timestamptz not null,
    expires_time timestamptz not null
  )`,
  "create index actor_tokens_actor on actor_tokens (actor)",
  "create index actor_tokens_expires on actor_tokens (expires_time)",
  `create table exchanged_tokens (
    token_hash bytea primary key,
    expires_time timestamptz not null
  )`,
  "create index exchanged_tokens_expires on exchanged_tokens (expires_time)",
] as const;

/** Adds issuers of ID tokens, the actors that trust them, and tokens of actors that end. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
