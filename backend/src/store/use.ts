import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, type RawBuilder, sql } from "kysely";
import type { Schema } from "../database/schema";
import { type Connection, inTransaction } from "../database/transaction";
import type { Batch } from "./ended-rows";
import { BY_CREATION, type Columns, type Part, type Position, type Rows, readRows } from "./pages";

/** How often a client used a permission in one hour. */
export interface Use {
  readonly client: string;
  readonly permission: string;
  readonly hour: Date;
  readonly used: number;
  readonly refused: number;
  readonly first: Date;
  readonly last: Date;
}

/** What a gateway has seen in a time. */
export interface UseReportRow {
  readonly actor: string;
  readonly gateway: string;
  readonly batch: string;
  readonly projects: readonly string[];
  readonly from: Date;
  readonly to: Date;
  readonly uses: readonly Use[];
}

/** Counts a report once. @returns how many of its uses were counted; null when the report was there before. */
export function recordUse(db: Kysely<Schema>, report: UseReportRow, time: Date): Promise<number | null> {
  return inTransaction(db, async (transaction) => {
    const { actor, gateway, batch } = report;
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto("useReports")
      .values({ actor, gateway, batch, time })
      .onConflict((conflict) => conflict.doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return null;
    await noteReporter(transaction, report);
    // Always in one order, so that two reports do not wait for each other.
    const uses = report.uses.toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1));
    let counted = 0;
    for (let start = 0; start < uses.length; start += COUNTED) {
      await nextTurn();
      counted += await addUses(transaction, { ...report, uses: uses.slice(start, start + COUNTED) });
    }
    return counted;
  });
}

/** As many uses as one statement counts: the process does nothing else while the embedded database runs it. */
const COUNTED = 50;

function keyOf({ client, permission }: Use): string {
  return `${client} ${permission}`;
}

/** As many projects as one statement notes, likewise. */
const NOTED = 100;

/** A time without reports that is longer than this is a hole: nobody knows what was used in it. */
const GAP_MAX = sql`interval '24 hours'`;

/** In the order of the projects, so that two reports do not wait for each other. */
async function noteReporter(db: Connection, { projects, ...report }: UseReportRow): Promise<void> {
  const slugs = [...new Set(projects)].sort();
  for (let start = 0; start < slugs.length; start += NOTED) {
    await nextTurn();
    await noteProjects(db, slugs.slice(start, start + NOTED), report);
  }
}

async function noteProjects(
  db: Connection,
  projects: readonly string[],
  { gateway, from, to }: Omit<UseReportRow, "projects">,
): Promise<void> {
  await sql`insert into use_reporters (project, gateway, since, until)
    select slug, ${gateway}, ${from}::timestamptz, ${to}::timestamptz from projects
    where slug = any(${projects}::text[]) order by slug collate "C"
    on conflict (project, gateway) do update
      set until = greatest(use_reporters.until, excluded.until), since = case
        when excluded.since > use_reporters.until + ${GAP_MAX} then excluded.since
        when excluded.until + ${GAP_MAX} < use_reporters.since then use_reporters.since
        else least(use_reporters.since, excluded.since)
      end`.execute(db);
}

async function addUses(db: Connection, { projects, uses }: UseReportRow): Promise<number> {
  const column = <Value>(pick: (use: Use) => Value) => uses.map(pick);
  const { rows } = await sql<{ readonly count: number }>`
    with known as materialized (
      select asked.* from unnest(
        ${column(({ client }) => client)}::text[], ${column(({ permission }) => permission)}::text[],
        ${column(({ hour }) => hour.toISOString())}::timestamptz[],
        ${column(({ used }) => used)}::bigint[], ${column(({ refused }) => refused)}::bigint[],
        ${column(({ first }) => first.toISOString())}::timestamptz[],
        ${column(({ last }) => last.toISOString())}::timestamptz[]
      ) as asked (client, permission, hour, used, refused, first, last)
      join clients on clients.id = asked.client and clients.project = any(${projects}::text[])
    ), spans as (
      insert into use_spans (client, permission, span, start_time, used, refused)
      select client, permission, 'hour', hour, sum(used), sum(refused) from known
      group by client, permission, hour order by client collate "C", permission collate "C", hour
      on conflict (client, permission, span, start_time) do update
        set used = use_spans.used + excluded.used, refused = use_spans.refused + excluded.refused
    ), totals as (
      insert into use_totals (client, permission, first_used_time, last_used_time, last_refused_time)
      select client, permission, min(first) filter (where used > 0), max(last) filter (where used > 0),
        max(last) filter (where refused > 0)
      from known group by client, permission order by client collate "C", permission collate "C"
      on conflict (client, permission) do update
        set first_used_time = least(use_totals.first_used_time, excluded.first_used_time),
          last_used_time = greatest(use_totals.last_used_time, excluded.last_used_time),
          last_refused_time = greatest(use_totals.last_refused_time, excluded.last_refused_time)
    )
    select count(*)::int as count from known`.execute(db);
  return rows[0]?.count ?? 0;
}

/** The last time that the reports for a project are about without a gap of more than a day, and the names of the gateways. */
export interface Reported {
  readonly since: Date;
  readonly until: Date;
  readonly gateways: readonly string[];
}

const GATEWAYS_MAX = 100;

/** Null when no gateway has reported for the project. */
export async function findReported(db: Connection, project: string): Promise<Reported | null> {
  const { rows } = await sql<{ readonly [Field in keyof Reported]: Reported[Field] | null }>`
    select lower(span) as since, upper(span) - ${GAP_MAX} as until, array(select gateway from use_reporters where project = ${project} order by gateway limit ${GATEWAYS_MAX}
      ) as gateways
    from (
      select unnest(range_agg(tstzrange(since, until + ${GAP_MAX}, '[]'))) as span from use_reporters
      where project = ${project}
    ) as spans
    order by span desc limit 1`.execute(db);
  const { since = null, until = null, gateways = null } = rows[0] ?? {};
  return since === null || until === null ? null : { since, until, gateways: gateways ?? [] };
}

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

/** As many rows as are folded or removed at once. */
const ROWS = 5_000;

/** Makes days of the hours before a time. */
export async function foldUse(db: Connection, before: Date): Promise<Batch> {
  const { rows } = await sql<{ readonly count: number }>`
    with folded as (
      delete from use_spans where ctid = any(array(
        select ctid from use_spans where span = 'hour' and start_time < ${before}
        order by start_time limit ${ROWS} for update skip locked
      ))
      returning client, permission, start_time, used, refused
    ), days as (
      insert into use_spans (client, permission, span, start_time, used, refused)
      select client, permission, 'day', date_trunc('day', start_time, 'UTC') as day, sum(used), sum(refused) from folded
      group by client, permission, day order by client, permission, day
      on conflict (client, permission, span, start_time) do update
        set used = use_spans.used + excluded.used, refused = use_spans.refused + excluded.refused
    )
    select count(*)::int as count from folded`.execute(db);
  const useHours = rows[0]?.count ?? 0;
  return { removed: { useHours }, more: useHours === ROWS };
}

/** Removes the days before a time. */
export async function removeUse(db: Connection, before: Date): Promise<Batch> {
  const { numAffectedRows } = await sql`delete from use_spans where ctid = any(array(
      select ctid from use_spans where span = 'day' and start_time < ${before}
      order by start_time limit ${ROWS} for update skip locked
    ))`.execute(db);
  const useDays = Number(numAffectedRows ?? 0);
  return { removed: { useDays }, more: useDays === ROWS };
}

/**
 * Removes the gateways whose reports end before a time: of what they reported, no days are left, and each start of a gateway
 * may bring another name.
 */
export async function removeUseReporters(db: Connection, before: Date): Promise<Batch> {
  const { numAffectedRows } = await sql`delete from use_reporters where ctid = any(array(
      select ctid from use_reporters where until < ${before} limit ${ROWS} for update skip locked
    ))`.execute(db);
  const useReporters = Number(numAffectedRows ?? 0);
  return { removed: { useReporters }, more: useReporters === ROWS };
}

/** Removes the names of reports that arrived before a time. */
export async function removeUseReports(db: Connection, before: Date): Promise<Batch> {
  const { numAffectedRows } = await sql`delete from use_reports where ctid = any(array(
      select ctid from use_reports where time < ${before} order by time limit ${ROWS} for update skip locked
    ))`.execute(db);
  const useReports = Number(numAffectedRows ?? 0);
  return { removed: { useReports }, more: useReports === ROWS };
}
