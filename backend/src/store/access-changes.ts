import { type Kysely, sql } from "kysely";
import type { Schema } from "../database/schema";
import { type Connection, inTransaction, lockFor } from "../database/transaction";
import type { Batch } from "./ended-rows";

/** The latest change of access that has a number. */
export interface AccessHead {
  readonly epoch: number;
  readonly number: number;
  /** Differs after a restore of the database, which counts on from an earlier number. */
  readonly tag: string;
}

/** The latest change when it was read. */
export interface LatestAccess extends AccessHead {
  /** Whether committed changes are left without a number: ask again for those. */
  readonly isBehind: boolean;
}

/** The changes of which a reader hears: those of some projects, or of all. */
export interface AccessReader {
  readonly projects: readonly string[] | null;
}

/** A change with its number; a client's state is read when the change is shown. */
export interface AccessChangeRow {
  readonly number: number;
  readonly tag: string;
  readonly project: string;
  readonly client: string;
  /** The token that was revoked; null for a change of the client. */
  readonly jti: string | null;
  readonly tokenEnd: Date | null;
}

/** Gives their numbers to the changes that were committed, up to a limit, and returns the last one. */
export async function findAccessHead(db: Kysely<Schema>): Promise<LatestAccess> {
  const { hasMore, ...head } = await readHead(db);
  if (!hasMore) return { ...head, isBehind: false };
  // Not by reading again: what was committed since the call does not make it late.
  const isBehind = (await numberChanges(db)) === NUMBERED;
  const { hasMore: _, ...numbered } = await readHead(db);
  return { ...numbered, isBehind };
}

async function readHead(db: Connection): Promise<AccessHead & { readonly hasMore: boolean }> {
  // The drivers do not read a bigint alike.
  const { rows } = await sql<AccessHead & { readonly hasMore: boolean }>`
    select epoch::float8 as epoch, coalesce(number, 0)::float8 as number, coalesce(tag, '') as tag,
      exists (select from access_changes where number is null) as has_more
    from backend left join lateral (
      select number, tag from access_changes where number is not null order by number desc limit 1
    ) as latest on true`.execute(db);
  const [head] = rows;
  if (head === undefined)
    throw new Error("the table backend is empty, so this database was not made by the migrations");
  return head;
}

/** As many as get their numbers at once: some tens of milliseconds. */
const NUMBERED = 5_000;

/**
 * One caller at a time, over all replicas, so that their numbers are in the order of commits: whatever is not committed by
 * now gets a higher one.
 */
function numberChanges(db: Kysely<Schema>): Promise<number> {
  return inTransaction(db, async (transaction) => {
    await lockFor(transaction, "access changes");
    const { numAffectedRows } = await sql`with fresh as (
        select id, row_number() over (order by id) as place from access_changes
        where number is null order by id limit ${NUMBERED}
      )
      update access_changes
        set number = coalesce((select max(number) from access_changes), 0) + place, tag = substr(md5(random()::text), 1, 8)
        from fresh where access_changes.id = fresh.id`.execute(transaction);
    return Number(numAffectedRows ?? 0);
  });
}

/**
 * Reads changes after one that a reader knows, oldest first.
 *
 * @returns null when the database does not have that one: it was removed, or is of another history.
 */
export async function readAccessChanges(
  db: Connection,
  after: Omit<AccessHead, "epoch">,
  { projects, limit }: AccessReader & { readonly limit: number },
): Promise<readonly AccessChangeRow[] | null> {
  // One statement, because a purge may run meanwhile.
  const { rows } = await sql<AccessChangeRow>`
    select number::float8 as number, tag, project, client, jti, token_end from access_changes
    where number >= ${after.number}
      and (number = ${after.number} or ${projects}::text[] is null or project = any(${projects}::text[]))
    order by access_changes.number limit ${limit + 1}`.execute(db);
  const [known, ...changes] = rows;
  return known?.number === after.number && known.tag === after.tag ? changes : null;
}

/** How many changes are kept at most, for readers that were away. */
const KEPT = 100_000;
/** As many as are removed at once. */
const REMOVED = 5_000;

/**
 * Removes the oldest changes: those of more than a day ago, and those before the latest hundred thousand. The change before
 * the first that is kept stays, so that a reader that knows it hears of the next.
 */
export async function removeAccessChanges(db: Kysely<Schema>, kept = KEPT): Promise<Batch> {
  // Without a gateway, nobody else gives them their numbers.
  const isBehind = (await numberChanges(db)) === NUMBERED;
  const { number } = await readHead(db);
  const { numAffectedRows } = await sql`delete from access_changes where number in (
      select number from access_changes where number < least(${number}, greatest(
        ${number - kept},
        (select number from access_changes where number is not null and time < now() - interval '1 day' order by number desc limit 1)
      ))
      order by number limit ${REMOVED}
    )`.execute(db);
  const accessChanges = Number(numAffectedRows ?? 0);
  return { removed: { accessChanges }, more: isBehind || accessChanges === REMOVED };
}
