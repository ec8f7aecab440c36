import { type Kysely, sql } from "kysely";
import type { Schema } from "./schema";

/** How much log is written between two checkpoints: two of PostgreSQL's files of 16 MiB. */
const LOG_MIB = 32;

const MEASURE =
  "select (pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) / 1048576)::float8 as mib from pg_control_checkpoint()";
const CHECKPOINT = "checkpoint";

/**
 * Checkpoints when enough log has been written since the last checkpoint, so that PostgreSQL reuses the files of its log.
 * A server has a process for that. PGlite has none, and its log would grow until the disk is full.
 */
export async function checkpointWhenDue(db: Kysely<Schema>): Promise<void> {
  const { rows } = await sql.raw<{ mib: number }>(MEASURE).execute(db);
  if (rows.some(({ mib }) => mib >= LOG_MIB)) await sql.raw(CHECKPOINT).execute(db);
}

/** Checks whether a statement belongs to `checkpointWhenDue`. */
export function isOfCheckpoint(statement: string): boolean {
  return statement === MEASURE || statement === CHECKPOINT;
}
