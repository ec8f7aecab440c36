import { type RawBuilder, sql } from "kysely";
import type { Connection } from "../database/transaction";
import { BY_CREATION, type Columns, type Part, type Position, type Rows, readRows } from "./pages";

/** How a client uses a permission; the counts are of a time. */
export interface PermissionUseRow {
  readonly permission: string;
  readonly granted: boolean;
  readonly used: number;
  readonly refused: number;
  readonly firstUsedTime: Date | null;
  readonly lastUsedTime: Date | null;
  readonly lastRefusedTime: Date | null;
}

/** Lists the permissions that a client has, used or was refused. */
export async function listClientUse(db: Connection, client: string, since: Date): Promise<readonly PermissionUseRow[]> {
  const { rows } = await sql<PermissionUseRow>`
    select known.permission, bool_or(granted) as granted,
      coalesce(max(counts.used), 0)::float8 as used, coalesce(max(counts.refused), 0)::float8 as refused,
      max(first_used_time) as first_used_time, max(last_used_time) as last_used_time,
      max(last_refused_time) as last_refused_time
    from (
      select unnest(permissions) as permission, true as granted from grants where client = ${client}
      union all select permission, false from use_totals where client = ${client}
    ) as known
    left join use_totals on use_totals.client = ${client} and use_totals.permission = known.permission
    left join (
      select permission, sum(used) as used, sum(refused) as refused from use_spans
      where client = ${client} and start_time >= ${since} group by permission
    ) as counts on counts.permission = known.permission
    group by known.permission order by known.permission`.execute(db);
  return rows;
}

/** A client and permissions of its grant, each with the time of its last use in milliseconds since 1970. */
export interface GrantedUseRow {
  readonly id: string;
  readonly name: string;
  readonly createdTime: Date;
  readonly grantedTime: Date;
  readonly held: readonly (readonly [permission: string, lastUsed: number | null])[];
}

/** Which permissions of grants to list. */
export interface GrantedUseListing {
  readonly project: string;
  /** Only those that were not used since; null for all. */
  readonly unusedSince: Date | null;
  readonly permission: string | null;
}

/** How many clients one statement looks at: in a large project, almost all of them may use what they have. */
const LOOKED_AT = 1_000;

/** Lists the live clients of a project that have such permissions, in the order of their creation. */
export async function listGrantedUse(
  db: Connection,
  listing: GrantedUseListing,
  part: Part<Position>,
): Promise<Rows<GrantedUseRow>> {
  const { project, unusedSince, permission } = listing;
  const reached = await positionAfter(db, listing, part.after);
  const candidates = candidatesOf(listing, { after: part.after, upTo: reached });
  // One client after the other, in the order of an index, until the page is full.
  const rows = (limit: number) => sql<GrantedUseRow & { readonly weight: number }>`(
    select clients.id, clients.name, clients.created_time, grants.updated_time as granted_time, uses.held,
      (300 + octet_length(clients.name) + 90 * uses.count)::integer as weight
    from (${candidates} offset 0) as candidate
    join clients on clients.id = candidate.client and clients.project = ${project} and clients.deleted_time is null
    join grants on grants.client = clients.id
    cross join lateral (
      select count(*) as count, json_agg(
        json_build_array(held.permission, floor(extract(epoch from last_used_time) * 1000)::bigint) order by held.permission
      ) as held
      from unnest(grants.permissions) as held (permission)
      left join use_totals on use_totals.client = clients.id and use_totals.permission = held.permission
      where (${permission}::text is null or held.permission = ${permission})
        and (${unusedSince}::timestamptz is null or last_used_time is null or last_used_time < ${unusedSince})
    ) as uses
    where uses.count > 0
    order by candidate.created_time, candidate.client limit ${limit}
  )`;
  const found = await readRows(db, { rows, columns: COLUMNS, order: BY_CREATION }, part);
  return found.more || reached === undefined ? found : { ...found, more: true, reached };
}

/** The clients that may have such permissions, after one position and up to another. */
function candidatesOf(
  { project, permission }: GrantedUseListing,
  { after, upTo }: { readonly after: Position | null; readonly upTo: Position | undefined },
): RawBuilder<unknown> {
  const id = sql.ref(permission === null ? "id" : "client");
  const from =
    permission === null
      ? sql`clients where project = ${project} and deleted_time is null`
      : sql`grant_permissions where listing = listing_of(${project}, ${permission}, false)`;
  const first = after === null ? sql`true` : sql`(created_time, ${id}) > (${after.time}, ${after.id})`;
  const last = upTo === undefined ? sql`true` : sql`(created_time, ${id}) <= (${upTo.time}, ${upTo.id})`;
  return sql`select created_time, ${id} as client from ${from} and ${first} and ${last} order by created_time, ${id}`;
}

/** The last candidate that the next statement looks at; undefined when it looks at all that are left. */
async function positionAfter(
  db: Connection,
  listing: GrantedUseListing,
  after: Position | null,
): Promise<Position | undefined> {
  const { rows } = await sql<{ readonly createdTime: Date; readonly client: string }>`
    ${candidatesOf(listing, { after, upTo: undefined })} offset ${LOOKED_AT - 1} limit 1`.execute(db);
  return rows[0] && { time: rows[0].createdTime, id: rows[0].client };
}

const COLUMNS: Columns<GrantedUseRow> = {
  id: "value",
  name: "value",
  createdTime: "time",
  grantedTime: "time",
  held: "value",
};
