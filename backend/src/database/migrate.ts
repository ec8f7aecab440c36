import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { StartFailure } from "../failures/start-failure";
import { sqlStateOf } from "./failures";
import { up as makeTables } from "./migrations/0001-tables";
import { up as addCredentials } from "./migrations/0002-credentials";
import { up as indexSecretVersions } from "./migrations/0003-secret-versions";

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-tables": { up: makeTables },
  "0002-credentials": { up: addCredentials },
  "0003-secret-versions": { up: indexSecretVersions },
};

/** How a migration waits for tables that something else holds. */
interface Patience {
  readonly attempts: number;
  /** How long one statement waits; so long do all that come after it, of other replicas too. */
  readonly lockMs: number;
  readonly pauseMs: number;
}

/** Under a minute in all; requests wait 5 seconds for a lock before they fail, so that they outlast one attempt. */
const PATIENCE: Patience = { attempts: 10, lockMs: 3_000, pauseMs: 3_000 };

/**
 * Brings the tables up to date; of several callers at once, one does it and the others wait.
 *
 * @throws StartFailure when something else holds the tables for too long.
 */
export async function migrate(db: Kysely<unknown>, patience: Patience = PATIENCE): Promise<void> {
  await db.connection().execute(async (connection) => {
    // Kysely's own lock comes after it has made its tables, where two first starts would collide.
    await sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`.execute(connection);
    try {
      await migratePatiently(connection, patience);
    } finally {
      await sql`select pg_advisory_unlock(${MIGRATION_LOCK}::bigint)`.execute(connection);
    }
  });
}

// "xtremepu" as eight bytes of ASCII, so that no other program is likely to use it.
const MIGRATION_LOCK = "8679688161802416245";

async function migratePatiently(db: Kysely<unknown>, { attempts, lockMs, pauseMs }: Patience): Promise<void> {
  // Only now: the lock above may take as long as the migration of another replica.
  await sql`select set_config('lock_timeout', ${String(lockMs)}, false)`.execute(db);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await migrateToLatest(db);
      break;
    } catch (error) {
      const state = error instanceof Error ? (sqlStateOf(error.cause) ?? "") : "";
      if (!HELD.has(state)) throw error;
      if (attempt === attempts) throw heldFailure(state);
      await wait(pauseMs);
    }
  }
  await sql`reset lock_timeout`.execute(db);
}

// lock_not_available, deadlock_detected
const HELD: ReadonlySet<string> = new Set(["55P03", "40P01"]);

function heldFailure(state: string): StartFailure {
  return new StartFailure(
    "The tables cannot be brought up to date while something else holds them, as a backup or a long query does: " +
      `start again when it has ended (${state}).`,
  );
}

async function migrateToLatest(db: Kysely<unknown>): Promise<void> {
  const migrations = { ...MIGRATIONS, ...(await newerMigrations(db)) };
  const { error } = await new Migrator({ db, provider: { getMigrations: async () => migrations } }).migrateToLatest();
  if (error !== undefined) throw new Error("the database could not be brought up to date", { cause: error });
}

/** A newer replica may have migrated already; this one goes on working beside it, so its migrations count as known. */
async function newerMigrations(db: Kysely<unknown>): Promise<Record<string, Migration>> {
  const { rows: found } = await sql`select 1 where to_regclass('kysely_migration') is not null`.execute(db);
  if (found.length === 0) return {};
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return Object.fromEntries(rows.filter(({ name }) => MIGRATIONS[name] === undefined).map(({ name }) => [name, DONE]));
}

const DONE: Migration = { up: async () => {} };
