import { type Kysely, sql } from "kysely";

// The cascade and the trigger also work for a replica of the version before, which does not know the table.
const STATEMENTS = [
  `create table deliveries (
    id text primary key,
    client text not null references clients (id) on delete cascade,
    environment text not null,
    destination text not null,
    place text not null,
    settings text not null,
    secret_version integer,
    created_time timestamptz not null,
    delivered_by text not null,
    delivered_time timestamptz not null
  )`,
  "create unique index deliveries_place on deliveries (client, environment, destination, place, settings)",
  "create index deliveries_page on deliveries (client, created_time, id)",
  `create function forget_deliveries() returns trigger language plpgsql as $$
    begin
      delete from deliveries where client = new.id;
      return null;
    end
  $$`,
  // A delete ends all credentials, and a restore brings none of them back.
  `create trigger clients_undelivered after update of deleted_time on clients
    for each row when (old.deleted_time is null and new.deleted_time is not null)
    execute function forget_deliveries()`,
] as const;

/** Adds which version of a secret was delivered to which destination. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
