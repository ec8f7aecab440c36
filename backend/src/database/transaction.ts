import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql, type Transaction } from "kysely";
import { isFailure, sqlStateOf } from "./failures";
import type { Schema } from "./schema";

/** A database or a transaction, in which a function of the store runs. */
export type Connection = Kysely<Schema> | Transaction<Schema>;

/**
 * Runs one change as one transaction. It runs again when another change came first: the second run then sees that
 * change and answers with the right conflict.
 */
export async function inTransaction<Result>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  // Not the server's default: what a transaction reads after lockFor must include what the previous holder wrote.
  return tryAgain(() => db.transaction().setIsolationLevel("read committed").execute(work));
}

/** Repeats work a few times when the database did none of it and another try can help. */
export async function tryAgain<Result>(
  work: () => Promise<Result>,
  reasons: readonly Reason[] = REASONS,
): Promise<Result> {
  const tried = new Map<Reason, number>();
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const reason = reasonToTryAgain(error);
      if (reason === null || !reasons.includes(reason)) throw error;
      const times = (tried.get(reason) ?? 0) + 1;
      if (times > TIMES[reason]) throw error;
      tried.set(reason, times);
      if (reason === "race") await wait(Math.random() * 10 * 2 ** times);
    }
  }
}

/** Whether a write failed because a row that it refers to does not exist. */
export function isOfMissingRow(error: unknown): boolean {
  // foreign_key_violation
  return sqlStateOf(error) === "23503";
}

/** Takes a lock that one transaction at a time can hold, over all replicas, until it ends. */
export async function lockFor(transaction: Transaction<Schema>, purpose: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${purpose}, 0))`.execute(transaction);
}

const TIMES = {
  /** Another transaction wrote the same name first. */
  taken: 3,
  /** PostgreSQL ends one of several transactions that wait for each other or conflict. */
  race: 7,
  /** The connection led to a server that has become a standby; the next one may lead to the new primary. */
  "read-only": 1,
} as const;
type Reason = keyof typeof TIMES;
const REASONS: readonly Reason[] = ["taken", "race", "read-only"];

function reasonToTryAgain(error: unknown): Reason | null {
  // unique_violation
  if (sqlStateOf(error) === "23505") return "taken";
  if (isFailure(error, "race")) return "race";
  return isFailure(error, "read-only") ? "read-only" : null;
}
