import { type Kysely, sql } from "kysely";
import { type Migration, Migrator } from "kysely/migration";
import { up as makeTables } from "./migrations/0001-tables";
import { up as addCredentials } from "./migrations/0002-credentials";

const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-tables": { up: makeTables },
  "0002-credentials": { up: addCredentials },
};

/** Brings the tables up to date; of several callers at once, one does it and the others wait. */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  await db.connection().execute(async (connection) => {
    // Kysely's own lock comes after it has made its tables, where two first starts would collide.
    await sql`select pg_advisory_lock(${MIGRATION_LOCK}::bigint)`.execute(connection);
    try {
      await migrateToLatest(connection);
    } finally {
      await sql`select pg_advisory_unlock(${MIGRATION_LOCK}::bigint)`.execute(connection);
    }
  });
}

// "xtremepu" as eight bytes of ASCII, so that no other program is likely to use it.
const MIGRATION_LOCK = "8679688161802416245";

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
