import { sql } from "kysely";
import type { Connection } from "../database/transaction";
import type { Batch } from "./ended-rows";

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
