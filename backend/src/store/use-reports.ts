import { setImmediate as nextTurn } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import type { Schema } from "../database/schema";
import { type Connection, inTransaction } from "../database/transaction";

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
