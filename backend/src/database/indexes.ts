import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { sqlStateOf } from "./failures";

/** An index on a table that may be large; once released, neither its name nor what it covers changes. */
export interface Index {
  readonly name: string;
  /** The table, the columns and the condition, as in `clients (project, name) where deleted_time is null`. */
  readonly on: string;
}

/** Builds an index in the transaction of a migration, where nobody else uses the database. */
export async function buildPlainly(db: Kysely<unknown>, { name, on }: Index): Promise<void> {
  await sql.raw(`create index ${name} on ${on}`).execute(db);
}

const POLL_MS = 200;

/**
 * Builds an index while requests read and write its table; the caller must hold the migration lock. A killed build may
 * still run on the server, and what it leaves is dropped and built again.
 */
export async function buildConcurrently(
  db: Kysely<unknown>,
  index: Index,
  report: (line: string) => void,
): Promise<void> {
  let isReported = false;
  for (;;) {
    const state = await stateOf(db, index.name);
    if (state === "valid") return;
    if (state === "in progress") {
      if (!isReported) report(`the migration waits for an earlier start, which still builds the index ${index.name}`);
      isReported = true;
      await wait(POLL_MS);
    } else await makeOrDrop(db, index, state);
  }
}

type State = "absent" | "valid" | "in progress" | "half-built";

/** A build that ends between the two looks leaves a valid index, so only one that nobody builds is half-built. */
async function stateOf(db: Kysely<unknown>, name: string): Promise<State> {
  const before = await isValid(db, name);
  if (before === true) return "valid";
  if (before === false && (await isInProgress(db, name))) return "in progress";
  const after = await isValid(db, name);
  if (after === null) return "absent";
  return after ? "valid" : "half-built";
}

/** Null without the index. */
async function isValid(db: Kysely<unknown>, name: string): Promise<boolean | null> {
  const { rows } = await sql<{ valid: boolean }>`select indisvalid as valid from pg_index
    where indexrelid = to_regclass(${name})`.execute(db);
  return rows[0]?.valid ?? null;
}

/** PostgreSQL hides from a role what another role builds, so any hidden build counts. */
async function isInProgress(db: Kysely<unknown>, name: string): Promise<boolean> {
  const { rows } = await sql`select 1 from pg_stat_progress_create_index where datname = current_database()
    and (relid is null or index_relid = to_regclass(${name}))`.execute(db);
  return rows.length > 0;
}

async function makeOrDrop(db: Kysely<unknown>, { name, on }: Index, state: "absent" | "half-built"): Promise<void> {
  const statement =
    state === "absent" ? `create index concurrently ${name} on ${on}` : `drop index concurrently ${name}`;
  try {
    await sql.raw(statement).execute(db);
  } catch (error) {
    // duplicate_table: the connection repeats what a deadlock has ended, and that has left the index half-built.
    if (sqlStateOf(error) !== "42P07") throw error;
  }
}
