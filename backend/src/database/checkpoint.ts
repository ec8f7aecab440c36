import type { PGlite } from "@electric-sql/pglite";

/** How much log is written between two checkpoints: two of PostgreSQL's files of 16 MiB. */
const LOG_MIB = 32;

/**
 * Checkpoints when enough log has been written since the last checkpoint, so that PostgreSQL reuses the files of its log.
 * A server has a process for that. PGlite has none, and its log would grow until the disk is full.
 */
export async function checkpointWhenDue(pglite: PGlite): Promise<void> {
  const { rows } = await pglite.query<{ mib: number }>(
    "select (pg_wal_lsn_diff(pg_current_wal_insert_lsn(), redo_lsn) / 1048576)::float8 as mib from pg_control_checkpoint()",
  );
  if (rows.some(({ mib }) => mib >= LOG_MIB)) await pglite.query("checkpoint");
}
