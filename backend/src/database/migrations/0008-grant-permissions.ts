import { type Kysely, sql } from "kysely";

// Triggers, so that the rows are right also for a replica of the version before, which does not know the table.
const STATEMENTS = [
  // Eight bytes in place of the names make the table and its index smaller by two fifths. SHA-256, because PostgreSQL's own
  // hashes differ between processors, and a dump may move. Who reads a listing compares the names as well. All that is in it
  // is immutable, which convert_to is not, so that PostgreSQL puts it into a statement in place of the call.
  `create function listing_of(project text, permission text, deleted boolean) returns bigint
    language sql immutable parallel safe as $$
      select ('x' || encode(substr(sha256(
        replace(project || ' ' || permission || case when deleted then ' deleted' else '' end, '\\', '\\\\')::bytea
      ), 1, 8), 'hex'))::bit(64)::bigint
    $$`,
  `create table grant_permissions (
    listing bigint not null,
    created_time timestamptz not null,
    client text not null,
    primary key (listing, created_time, client)
  )`,

  // PostgreSQL keeps the plan of a function, and the first one is made for a small table.
  `create function list_grant() returns trigger language plpgsql set enable_seqscan = off as $$
    declare
      holder record;
      gone text[] := '{}';
      gained text[] := '{}';
    begin
      if tg_op = 'INSERT' then
        gained := new.permissions;
      elsif tg_op = 'DELETE' then
        gone := old.permissions;
      else
        gone := array(select unnest(old.permissions) except select unnest(new.permissions));
        gained := array(select unnest(new.permissions) except select unnest(old.permissions));
      end if;
      select project, created_time, deleted_time is not null as deleted into holder from clients
        where id = case when tg_op = 'DELETE' then old.client else new.client end;
      if gone <> '{}' then
        delete from grant_permissions
          where listing = any(array(select listing_of(holder.project, permission, holder.deleted) from unnest(gone) as permission))
            and created_time = holder.created_time and client = old.client;
      end if;
      if gained <> '{}' then
        insert into grant_permissions
          select listing_of(holder.project, permission, holder.deleted), holder.created_time, new.client
          from unnest(gained) as permission
          on conflict do nothing;
      end if;
      return case when tg_op = 'DELETE' then old else new end;
    end
  $$`,
  `create function list_client_state() returns trigger language plpgsql set enable_seqscan = off as $$
    declare
      held text[] := (select permissions from grants where client = new.id);
    begin
      delete from grant_permissions
        where listing = any(array(
            select listing_of(old.project, permission, old.deleted_time is not null) from unnest(held) as permission
          ))
          and created_time = old.created_time and client = old.id;
      insert into grant_permissions
        select listing_of(new.project, permission, new.deleted_time is not null), new.created_time, new.id
        from unnest(held) as permission
        on conflict do nothing;
      return null;
    end
  $$`,
  `create trigger clients_listed after update of deleted_time on clients
    for each row when ((old.deleted_time is null) <> (new.deleted_time is null))
    execute function list_client_state()`,
  `create trigger grants_listed after insert or update of permissions on grants
    for each row execute function list_grant()`,
  // Before, because a client may be removed with its grant.
  "create trigger grants_unlisted before delete on grants for each row execute function list_grant()",

  // How far the grants of before are listed, in the order of the listings, which keeps the index dense.
  `create table grant_permissions_fill (deleted boolean, project text, created_time timestamptz, client text, batch text[])`,
  `insert into grant_permissions_fill values (false, '', '-infinity', '', '{}')`,
] as const;

/** Adds the permissions of all grants in the order of the listings. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}

/** Find deleted clients of a name and of an owner; several may have had the same. */
export const DELETED_NAME = {
  name: "clients_deleted_name",
  on: "clients (project, name, created_time, id) where deleted_time is not null",
} as const;
export const DELETED_OWNER = {
  name: "clients_deleted_owner",
  on: "clients (project, managed_by, created_time, id) where deleted_time is not null",
} as const;

/** As many clients as are locked at once: some tens of milliseconds. */
const BATCH = 100;

/** Lists some of the grants of before. Nothing else waits longer than for one batch. */
export async function fill(db: Kysely<unknown>): Promise<"more" | undefined> {
  const { rows } = await sql<{ deleted: boolean }>`select deleted from grant_permissions_fill`.execute(db);
  if (rows[0]?.deleted === false) {
    if (await fillBatch(db, "deleted_time is null")) return "more";
    await sql`update grant_permissions_fill
      set deleted = true, project = '', created_time = '-infinity', client = ''`.execute(db);
  }
  if (await fillBatch(db, "deleted_time is not null")) return "more";
  await sql`drop table grant_permissions_fill`.execute(db);
  // Every listing by permission now uses the new table; this index made each write of a grant slower.
  await sql`drop index grants_permissions`.execute(db);
  return undefined;
}

async function fillBatch(db: Kysely<unknown>, state: string): Promise<boolean> {
  // Two statements: the second one sees what those wrote whose locks the first one waited for.
  const { rows } = await sql<{ count: number }>`
    with batch as materialized (
      select project, created_time, id from clients
      where ${sql.raw(state)} and (project, created_time, id) > (
        (select project from grant_permissions_fill),
        (select created_time from grant_permissions_fill),
        (select client from grant_permissions_fill)
      )
      order by project, created_time, id limit ${BATCH} for no key update
    ), last as (
      select * from batch order by project desc, created_time desc, id desc limit 1
    )
    update grant_permissions_fill as fill
      set project = last.project, created_time = last.created_time, client = last.id,
        batch = array(select id from batch)
      from last
      returning cardinality(batch) as count`.execute(db);
  if (rows.length === 0) return false;
  await sql`insert into grant_permissions
    select listing_of(project, permission, deleted_time is not null), clients.created_time, clients.id
    from clients join grants on grants.client = clients.id cross join unnest(permissions) as permission
    where clients.id = any((select batch from grant_permissions_fill)::text[])
    order by 1, 2, 3
    on conflict do nothing`.execute(db);
  return true;
}
