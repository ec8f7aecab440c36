import { type Kysely, type RawBuilder, sql, type Transaction } from "kysely";
import type { Schema } from "../database/schema";
import { type Connection, inTransaction } from "../database/transaction";

/** Rows that a batch has removed, by what they were. */
export type Removed = Readonly<Partial<Record<EndedKind, number>>>;
export type EndedKind =
  | "clients"
  | "grants"
  | "credentials"
  | "actors"
  | "assertions"
  | "revokedTokens"
  | "actorTokens"
  | "exchangedTokens"
  | "accessChanges"
  | "useHours"
  | "useDays"
  | "useReports"
  | "useReporters";

/** What one batch has removed, and whether others may follow. */
export interface Batch {
  readonly removed: Removed;
  readonly more: boolean;
}

/** As many rows as are removed at once: a few milliseconds of work. */
const ROWS = 5_000;
/** Each of them is three statements, and has credentials besides. */
const CLIENTS = 500;

/** Removes used assertions that ended before a time. */
export function removeAssertions(db: Connection, before: Date): Promise<Batch> {
  return removeExpired(db, "assertions", before);
}

/** Removes revoked access tokens that ended before a time. */
export function removeRevokedTokens(db: Connection, before: Date): Promise<Batch> {
  return removeExpired(db, "revokedTokens", before);
}

/** Removes tokens of actors that ended before a time. */
export function removeActorTokens(db: Connection, before: Date): Promise<Batch> {
  return removeExpired(db, "actorTokens", before);
}

/** Removes exchanged ID tokens that ended before a time. */
export function removeExchangedTokens(db: Connection, before: Date): Promise<Batch> {
  return removeExpired(db, "exchangedTokens", before);
}

type Expiring = "assertions" | "revokedTokens" | "actorTokens" | "exchangedTokens";

async function removeExpired(db: Connection, table: Expiring, before: Date): Promise<Batch> {
  const rows = sql`select ctid from ${sql.table(table)} where expires_time < ${before}
    order by expires_time limit ${ROWS} for update skip locked`;
  const count = await countOf(db, sql`delete from ${sql.table(table)} where ctid = any(array(${rows}))`);
  return { removed: { [table]: count }, more: count === ROWS };
}

/**
 * Removes clients that were deleted before a time, with their grants and credentials. It locks the client first, as a restore
 * does: one of the two comes first, and the other one finds what it has left. A client with many credentials takes several
 * batches.
 */
export function removeClients(db: Kysely<Schema>, before: Date): Promise<Batch> {
  return inTransaction(db, async (transaction) => {
    const ids = await lockClientsDeleted(transaction, before);
    if (ids.length === 0) return { removed: {}, more: false };
    const credentials = await countOf(
      transaction,
      sql`delete from credentials where id = any(array(
        select id from credentials where client = any(${ids}) limit ${ROWS}))`,
    );
    if (credentials === ROWS) return { removed: { credentials }, more: true };
    // The cascade would remove that of all clients at once, and an embedded database answers nothing meanwhile.
    const useDays = await countOf(
      transaction,
      sql`delete from use_spans where ctid = any(array(
        select ctid from use_spans where client = any(${ids}) limit ${ROWS}))`,
    );
    if (useDays === ROWS) return { removed: { useDays, credentials }, more: true };
    const grants = await countOf(transaction, sql`delete from grants where client = any(${ids})`);
    const clients = await countOf(transaction, sql`delete from clients where id = any(${ids})`);
    return { removed: { clients, grants, credentials, useDays }, more: clients === CLIENTS };
  });
}

async function lockClientsDeleted(transaction: Transaction<Schema>, before: Date): Promise<string[]> {
  const rows = await transaction
    .selectFrom("clients")
    .select("id")
    .where("deletedTime", "<", before)
    .orderBy("deletedTime")
    .limit(CLIENTS)
    .forUpdate()
    .skipLocked()
    .execute();
  return rows.map(({ id }) => id);
}

/**
 * Removes actors that were revoked or expired before a time; the database keeps their names, which are never used again. An
 * admin stays if no other one does, because a database without an admin lets the next start make one.
 */
export async function removeActors(db: Connection, before: Date): Promise<Batch> {
  const count = await countOf(
    db,
    sql`delete from actors where id = any(array(
      select id from actors as ended where least(revoked_time, expires_time) < ${before}
        and (role <> 'admin' or exists (
          select from actors where role = 'admin'
            and coalesce(least(revoked_time, expires_time) >= ${before}, true)))
      order by least(revoked_time, expires_time) limit ${ROWS} for update skip locked))`,
  );
  return { removed: { actors: count }, more: count === ROWS };
}

async function countOf(db: Connection, statement: RawBuilder<unknown>): Promise<number> {
  return Number((await statement.execute(db)).numAffectedRows ?? 0);
}
