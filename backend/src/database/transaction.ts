import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql, type Transaction } from "kysely";
import { isFailure, sqlStateOf } from "./failures";
import type { Schema } from "./schema";

/** What a function of the store runs in. */
export type Connection = Kysely<Schema> | Transaction<Schema>;

/**
 * Runs one change as one transaction. It runs again when another change was first: the look-ups of the second
 * run see what that one left behind and answer with the right conflict.
 */
export async function inTransaction<Result>(
  db: Kysely<Schema>,
  work: (transaction: Transaction<Schema>) => Promise<Result>,
): Promise<Result> {
  // Whatever the server's default is: what is read after lockFor must be what the holder before left behind.
  return tryAgain(() => db.transaction().setIsolationLevel("read committed").execute(work));
}

/** Does a thing again, a few times, when the database says that nothing of it has happened and another try can help. */
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

/** Lets one transaction at a time do a thing, over all replicas, until that transaction ends. */
export async function lockFor(transaction: Transaction<Schema>, purpose: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${purpose}, 0))`.execute(transaction);
}

const TIMES = {
  /** Somebody else wrote the same name first. */
  taken: 3,
  /** Of transactions that wait for each other, or would see half of each other, PostgreSQL ends one. */
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
