import { type Kysely, sql } from "kysely";

// The trigger also works for a replica of the version before, which knows neither column.
const STATEMENTS = [
  "alter table clients add column restored_revision integer, add column made_revision integer not null default 1",
  `create function keep_restored_revision() returns trigger language plpgsql as $$
    begin
      new.restored_revision := new.revision;
      return new;
    end
  $$`,
  `create trigger clients_restored before update of deleted_time on clients
    for each row when (old.deleted_time is not null and new.deleted_time is null)
    execute function keep_restored_revision()`,
  // No access token of before an earlier restore works any more.
  `update clients set restored_revision = restored.revision
    from (select client, max(revision) as revision from audit
      where time > now() - interval '1 hour' and action = 'client.restore' group by client) as restored
    where clients.id = restored.client`,
] as const;

/** Adds what a client says of its own history, which was looked up in its audit trail before, however long that is. */
export async function up(db: Kysely<unknown>): Promise<void> {
  for (const statement of STATEMENTS) await sql.raw(statement).execute(db);
}
