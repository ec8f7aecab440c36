import { type Kysely, sql } from "kysely";

// Triggers, so that no writer can forget one: neither a replica of the version before nor a statement by hand.
//
// The identity is no order of commits: a transaction may commit after a later one. Nobody reads a row before it has a
// number, which a reader gives it when it is committed, so that writers wait for nothing.
const STATEMENTS = [
  `create table access_changes (
    id bigint generated always as identity primary key,
    number bigint unique,
    tag text,
    time timestamptz not null default clock_timestamp(),
    project text,
    client text,
    jti text,
    token_end timestamptz
  )`,
  "create index access_changes_new on access_changes (id) where number is null",
  "insert into access_changes (number, tag) values (0, substr(md5(random()::text), 1, 8))",

  `create function note_client_access() returns trigger language plpgsql as $$
    begin
      if tg_op = 'DELETE' then
        insert into access_changes (project, client) values (old.project, old.id);
      else
        insert into access_changes (project, client) values (new.project, new.id);
      end if;
      return null;
    end
  $$`,
  `create trigger clients_access_made after insert on clients
    for each row when (new.deleted_time is null) execute function note_client_access()`,
  // A use of the client changes nothing of these.
  `create trigger clients_access after update on clients
    for each row when (
      (old.deleted_time is null or new.deleted_time is null)
      and (old.revision, old.name, old.project, old.deleted_time is null)
        is distinct from (new.revision, new.name, new.project, new.deleted_time is null)
    ) execute function note_client_access()`,
  // The removal of a deleted client takes nothing away.
  `create trigger clients_access_removed after delete on clients
    for each row when (old.deleted_time is null) execute function note_client_access()`,

  // PostgreSQL keeps the plan of a function, and the first one is made for a small table.
  `create function note_grant_access() returns trigger language plpgsql set enable_seqscan = off as $$
    begin
      insert into access_changes (project, client)
        select project, id from clients
        where id = case when tg_op = 'DELETE' then old.client else new.client end and deleted_time is null;
      return null;
    end
  $$`,
  `create trigger grants_access_set after insert or delete on grants
    for each row execute function note_grant_access()`,
  `create trigger grants_access after update on grants
    for each row when (old.permissions is distinct from new.permissions) execute function note_grant_access()`,

  `create function note_token_access() returns trigger language plpgsql set enable_seqscan = off as $$
    begin
      insert into access_changes (project, client, jti, token_end)
        select project, id, new.jti, new.expires_time from clients where id = new.client;
      return null;
    end
  $$`,
  `create trigger revoked_tokens_access after insert on revoked_tokens
    for each row execute function note_token_access()`,
] as const;

/** Adds the changes of access for gateways. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
