import { type Kysely, sql } from "kysely";
import type { Schema } from "../../../backend/src/database/schema";

/** The rows of grant_permissions as text, and those that the grants and the clients call for. */
export async function listedPermissions(
  db: Kysely<Schema>,
): Promise<{ readonly listed: readonly string[]; readonly granted: readonly string[] }> {
  const listed = await sql<{
    row: string;
  }>`select concat_ws(' ', listing, created_time, client) as row
    from grant_permissions order by 1`.execute(db);
  const granted = await sql<{ row: string }>`
    select distinct concat_ws(' ',
      listing_of(project, permission, deleted_time is not null), clients.created_time, clients.id) as row
    from clients join grants on grants.client = clients.id cross join unnest(permissions) as permission
    order by 1`.execute(db);
  const texts = (rows: readonly { readonly row: string }[]) => rows.map(({ row }) => row);
  return { listed: texts(listed.rows), granted: texts(granted.rows) };
}

/** Brings the tables back to the version before grant_permissions. */
export async function forgetListedPermissions(db: Kysely<Schema>): Promise<void> {
  const statements = [
    "drop trigger clients_listed on clients",
    "drop trigger grants_listed on grants",
    "drop trigger grants_unlisted on grants",
    "drop function list_grant",
    "drop function list_client_state",
    "drop table grant_permissions",
    "drop function listing_of",
    "drop index clients_deleted_name, clients_deleted_owner",
    "create index grants_permissions on grants using gin (permissions)",
    "delete from kysely_migration where name like '0008-%'",
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}
