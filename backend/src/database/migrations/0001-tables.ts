import { type Kysely, sql } from "kysely";
import { makeIdentifier } from "../../credentials/identifiers";

// Plain SQL, one statement each: a migration must not change when the types or the query builder do.
const STATEMENTS = [
  `create table backend (
    id text primary key,
    created_time timestamptz not null,
    one_row boolean not null default true unique check (one_row)
  )`,

  `create table projects (
    slug text primary key,
    name text not null,
    created_by text not null,
    created_time timestamptz not null
  )`,

  `create table clients (
    id text primary key,
    project text not null references projects (slug),
    name text not null,
    description text,
    managed_by text,
    secret_version integer not null,
    revision integer not null,
    created_by text not null,
    created_time timestamptz not null,
    updated_by text not null,
    updated_time timestamptz not null,
    last_used_time timestamptz,
    deleted_time timestamptz,
    deleted_by text
  )`,
  "create unique index clients_name on clients (project, name) where deleted_time is null",
  "create unique index clients_owner on clients (project, managed_by) where deleted_time is null",
  "create index clients_page on clients (project, created_time, id) where deleted_time is null",

  `create table grants (
    client text primary key references clients (id),
    permissions text[] not null,
    managed_by text,
    revision integer not null,
    created_by text not null,
    created_time timestamptz not null,
    updated_by text not null,
    updated_time timestamptz not null
  )`,
  "create index grants_permissions on grants using gin (permissions)",

  `create table credentials (
    id text primary key,
    client text not null references clients (id),
    kind text not null,
    version integer not null,
    secret_hash bytea unique,
    created_by text not null,
    created_time timestamptz not null,
    first_used_time timestamptz,
    last_used_time timestamptz,
    expires_time timestamptz,
    revoked_time timestamptz
  )`,
  "create index credentials_live on credentials (client) where revoked_time is null",

  `create table actors (
    id text primary key,
    name text not null unique,
    role text not null,
    projects text[],
    token_hash bytea not null unique,
    created_by text not null,
    created_time timestamptz not null,
    expires_time timestamptz,
    revoked_time timestamptz
  )`,
  "create index actors_page on actors (created_time, id)",

  `create table audit (
    id bigint generated always as identity primary key,
    time timestamptz not null,
    actor_id text not null,
    actor_name text not null,
    action text not null,
    target_type text not null,
    target_id text not null,
    target_name text,
    project text,
    client text,
    managed_by text,
    before jsonb,
    after jsonb,
    request_id text not null
  )`,
  "create index audit_project on audit (project, id desc) where project is not null",
  "create index audit_client on audit (client, id desc) where client is not null",
  `create function refuse_audit_change() returns trigger language plpgsql as $$
    begin
      raise exception 'audit rows cannot be changed';
    end
  $$`,
  `create trigger audit_unchanged before update or delete on audit
    for each row execute function refuse_audit_change()`,
  `create trigger audit_kept before truncate on audit
    for each statement execute function refuse_audit_change()`,

  `create table signing_keys (
    kid text primary key,
    alg text not null,
    public_jwk jsonb not null,
    private_jwk text not null,
    encrypted boolean not null,
    active_time timestamptz not null,
    created_time timestamptz not null
  )`,
] as const;

/** Makes all tables, and the identity of this backend. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
  await sql`insert into backend (id, created_time) values (${makeIdentifier("xpb")}, now())`.execute(db);
}
