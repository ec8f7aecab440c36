import { sql } from "kysely";
import { type Connection, tryAgain } from "../database/transaction";

/** Which backend a database belongs to, and which of its histories. */
export interface BackendIdentity {
  /** The identity that the migration gave to this database. */
  readonly id: string;
  readonly epoch: number;
}

/** The identity of a backend, and when it was last changed. */
export interface BackendView extends BackendIdentity {
  /** The time of the latest audit row; null without any. No client and no grant was changed later. */
  readonly changedTime: Date | null;
}

/** Returns null in a database that the migrations did not make. */
export async function findBackend(db: Connection): Promise<BackendView | null> {
  // The drivers do not read a bigint alike.
  const { rows } = await sql<BackendView>`
    select id, epoch::float8 as epoch, (select max(time) from audit) as changed_time from backend`.execute(db);
  return rows[0] ?? null;
}

/**
 * Gives the database another epoch. It is at least the seconds since 1970, because an older dump has an older epoch: the next
 * number after that one may already be known from an earlier restore.
 */
export async function raiseEpoch(db: Connection, time: Date): Promise<BackendIdentity> {
  const seconds = Math.floor(time.getTime() / 1_000);
  const { rows } = await sql<BackendIdentity>`
    update backend set epoch = greatest(epoch + 1, ${seconds}::bigint) returning id, epoch::float8 as epoch`.execute(
    db,
  );
  const [raised] = rows;
  if (raised === undefined) throw new Error(EMPTY);
  return raised;
}

/** Says why a backend has no identity. */
export const EMPTY = "the table backend is empty, so this database was not made by the migrations";

/** The version of PostgreSQL, such as `17.5`; packagers add words of their own. */
export async function serverVersion(db: Connection): Promise<string> {
  const { rows } = await sql<{ version: string }>`select current_setting('server_version') as version`.execute(db);
  return rows[0]?.version ?? "unknown";
}

/** Checks that the database answers and accepts changes, without changing anything. */
export async function ping(db: Connection): Promise<void> {
  await tryAgain(() => sql`select 1 from backend where false for update`.execute(db));
}
