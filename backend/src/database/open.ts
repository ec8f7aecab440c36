import { existsSync, readdirSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { CamelCasePlugin, type Dialect, Kysely, type LogConfig, PGliteDialect, PostgresDialect } from "kysely";
import { StartFailure } from "../failures/start-failure";
import { checkpointWhenDue } from "./checkpoint";
import { closeFolder } from "./folder-mode";
import { migrate, type Report } from "./migrate";
import type { Schema } from "./schema";
import { openPool } from "./server-pool";

/**
 * Where the data lives: in memory (gone at the end), in a folder (embedded), or on a PostgreSQL server.
 *
 * `image` is a dump of an empty PGlite, which makes one in memory start several times faster.
 */
export type DatabaseLocation =
  | { readonly memory: true; readonly image?: Blob }
  | { readonly folder: string }
  | { readonly url: string };

/** An open database whose tables are up to date. */
export interface Database {
  readonly db: Kysely<Schema>;
  readonly engine: "pglite" | "postgres";
  /** How many statements it has run since it was opened, without those of the migration. */
  statements(): number;
  /** Lets an embedded database reuse its log when it has grown; call it every few seconds. A server does that by itself. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database and brings its tables up to date; `report` receives what that waits for. */
export async function openDatabase(where: DatabaseLocation, report?: Report): Promise<Database> {
  if ("url" in where) return openServer(where.url, report);
  if ("folder" in where) return openEmbedded(await openFolder(where.folder));
  return openEmbedded(new PGlite(where.image === undefined ? {} : { loadDataDir: where.image }));
}

async function openFolder(folder: string): Promise<PGlite> {
  assertOpenable(folder);
  const pglite = new PGlite(folder);
  try {
    await pglite.waitReady;
  } catch {
    // Whatever is wrong with the files, PGlite reports that it was aborted, or nothing.
    throw new StartFailure(
      `The database in ${folder} cannot be opened: its files are damaged or of another version of PostgreSQL; restore a copy of the data folder, or start with another one.`,
    );
  }
  closeFolder(folder);
  return pglite;
}

async function openEmbedded(pglite: PGlite): Promise<Database> {
  const counted = countedOver(new PGliteDialect({ pglite }));
  try {
    await migrate(kyselyOver<unknown>(new PGliteDialect({ pglite })));
  } catch (error) {
    await pglite.close();
    throw error;
  }
  return {
    ...counted,
    engine: "pglite",
    checkpoint: () => checkpointWhenDue(pglite),
    close: () => pglite.close(),
  };
}

async function openServer(url: string, report?: Report): Promise<Database> {
  // A pool of its own, because building an index may take longer than a request may.
  const migrating = kyselyOver<unknown>(new PostgresDialect({ pool: openPool({ connectionString: url, max: 1 }) }));
  try {
    await migrate(migrating, undefined, report);
  } finally {
    await migrating.destroy();
  }
  const pool = openPool({ connectionString: url, max: 10, query_timeout: 15_000, timeouts: REQUEST_TIMEOUTS });
  const counted = countedOver(new PostgresDialect({ pool }));
  return { ...counted, engine: "postgres", checkpoint: async () => {}, close: () => counted.db.destroy() };
}

const REQUEST_TIMEOUTS = {
  statement_timeout: 10_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 15_000,
} as const;

function kyselyOver<Tables>(dialect: Dialect, log: LogConfig = []): Kysely<Tables> {
  return new Kysely<Tables>({ dialect, log, plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
}

function countedOver(dialect: Dialect): Pick<Database, "db" | "statements"> {
  let count = 0;
  const db = kyselyOver<Schema>(dialect, () => {
    count += 1;
  });
  return { db, statements: () => count };
}

/** Less than this and PGlite may wait for the disk without an end; its log grows by 16 MiB at a time. */
const SPACE_MIB = 32;
const FIRST_SPACE_MIB = 96;

function assertOpenable(folder: string): void {
  const files = existsSync(folder) ? readdirSync(folder) : [];
  const wanted = files.length === 0 ? FIRST_SPACE_MIB : SPACE_MIB;
  const { bavail, bsize } = statfsSync(dirname(folder));
  const free = Math.floor((bavail * bsize) / 1024 ** 2);
  if (free < wanted) {
    throw new StartFailure(
      `The disk of ${folder} has ${free} MiB free, and the database needs ${wanted}: free some, and start again.`,
    );
  }
  if (files.length > 0 && !files.includes("PG_VERSION")) {
    throw new StartFailure(
      `The database in ${folder} has no file PG_VERSION, so it is not whole: restore a copy of the data folder, or start with another one.`,
    );
  }
}
