import { type Kysely, sql, type Transaction } from "kysely";
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
  for (let attempt = 1; ; attempt++) {
    try {
      return await db.transaction().execute(work);
    } catch (error) {
      if (attempt === ATTEMPTS || !RACES.has(sqlStateOf(error) ?? "")) throw error;
    }
  }
}

/** Lets one transaction at a time do a thing, over all replicas, until that transaction ends. */
export async function lockFor(transaction: Transaction<Schema>, purpose: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${purpose}, 0))`.execute(transaction);
}

/** The five characters by which PostgreSQL tells what went wrong. */
export function sqlStateOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}

const ATTEMPTS = 4;
// unique_violation, serialization_failure, deadlock_detected
const RACES: ReadonlySet<string> = new Set(["23505", "40001", "40P01"]);
