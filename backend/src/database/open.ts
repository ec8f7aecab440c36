import { CamelCasePlugin, type Dialect, Kysely, type LogConfig, PostgresDialect, sql } from "kysely";
import { checkpointWhenDue, isOfCheckpoint } from "./checkpoint";
import { CONNECTIONS } from "./connections";
import type { DiskSpace } from "./disk-space";
import { dialectOf, type Embedded, type FolderLocation, openFolder, openMemory } from "./embedded";
import type { DatabaseEndedError } from "./lasting-pglite";
import { Listings } from "./listings";
import { migrate, migrateAlone, type Report } from "./migrate";
import { CHANNEL, isNotification, Listener, NO_NOTIFICATIONS, type Notifications } from "./notifications";
import type { Schema } from "./schema";
import { openPool, type PoolState } from "./server-pool";

/**
 * Where the data lives: in memory (gone at the end), in a folder (embedded), or on a PostgreSQL server.
 *
 * `image` is a dump of an empty PGlite, which makes one in memory start several times faster.
 */
export type DatabaseLocation = { readonly memory: true; readonly image?: Blob } | FolderLocation | ServerLocation;

export interface ServerLocation {
  readonly url: string;
  /** How many connections it takes at most, besides those of listings. @default 10 */
  readonly connections?: number;
}

/** An open database whose tables are up to date. */
export interface Database {
  readonly db: Kysely<Schema>;
  readonly engine: "pglite" | "postgres";
  /** The disk of an embedded database; null in memory and on a server. */
  readonly disk: DiskSpace | null;
  /** Resolves when an embedded database has ended by itself or lost its folder, so that a new process must open it. */
  readonly ended: Promise<DatabaseEndedError>;
  /** What reads listings. */
  readonly listings: Listings;
  /** What replicas tell each other. */
  readonly notifications: Notifications;
  /** The connections to a server, by what they are for; none of an embedded database. */
  pools(): Readonly<Record<string, PoolState>>;
  /** How many statements it has run since it was opened, without those of the migration, of checkpoints and of notifications. */
  statements(): number;
  /** Lets an embedded database reuse its log when it has grown; call it every second. A server does that by itself. */
  checkpoint(): Promise<void>;
  close(): Promise<void>;
}

/** Opens the database and brings its tables up to date; `report` receives what that waits for. */
export async function openDatabase(where: DatabaseLocation, report?: Report): Promise<Database> {
  if ("url" in where) return openServer(where, report);
  if ("folder" in where) return openEmbedded(await openFolder(where, report));
  return openEmbedded(openMemory(where.image));
}

async function openEmbedded(embedded: Embedded): Promise<Database> {
  const { pglite, disk } = embedded;
  const counted = countedOver(dialectOf(embedded));
  try {
    await migrateAlone(kyselyOver<unknown>(dialectOf(embedded)));
  } catch (error) {
    await pglite.close();
    throw error;
  }
  return {
    ...counted,
    listings: new Listings({ db: counted.db, atOnce: 1 }),
    engine: "pglite",
    disk,
    ended: pglite.ended,
    notifications: NO_NOTIFICATIONS,
    pools: () => ({}),
    checkpoint: () => checkpointWhenDue(counted.db),
    close: () => pglite.close(),
  };
}

async function openServer({ url, connections = CONNECTIONS }: ServerLocation, report?: Report): Promise<Database> {
  // A pool of its own, because building an index may take longer than a request may.
  const migrating = kyselyOver<unknown>(
    new PostgresDialect({ pool: openPool({ connectionString: url, max: 2, timeouts: MIGRATION_TIMEOUTS }) }),
  );
  try {
    await migrate(migrating, undefined, report);
  } finally {
    await migrating.destroy();
  }
  const pool = openPool({ connectionString: url, max: connections, query_timeout: 15_000, timeouts: REQUEST_TIMEOUTS });
  const counted = countedOver(new PostgresDialect({ pool }));
  const listingPool = openPool({ connectionString: url, ...LISTING_POOL });
  const listed = countedOver(new PostgresDialect({ pool: listingPool }));
  return {
    db: counted.db,
    listings: new Listings({ db: listed.db, atOnce: LISTING_POOL.max, spare: counted.db }),
    statements: () => counted.statements() + listed.statements(),
    engine: "postgres",
    disk: null,
    ended: NEVER,
    notifications: notificationsOver(url, counted.db),
    pools: () => ({ requests: pool.state(), listings: listingPool.state() }),
    checkpoint: async () => {},
    close: async () => {
      await Promise.all([counted.db.destroy(), listed.db.destroy()]);
    },
  };
}

function notificationsOver(url: string, db: Kysely<Schema>): Notifications {
  return {
    listen: (heard) => new Listener(url, heard),
    // Nobody waits until a notification is on the disk: it does not outlive the server anyway.
    notify: async () => {
      await sql`select set_config('synchronous_commit', 'off', true), pg_notify(${CHANNEL}, '')`.execute(db);
    },
  };
}

const NEVER = new Promise<never>(() => {});

/** A role's limits are meant for requests. An index waits for transactions to end, which keeps nobody waiting. */
const MIGRATION_TIMEOUTS = {
  statement_timeout: 24 * 3_600_000,
  lock_timeout: 30_000,
  idle_in_transaction_session_timeout: 600_000,
} as const;

const REQUEST_TIMEOUTS = {
  statement_timeout: 10_000,
  lock_timeout: 5_000,
  idle_in_transaction_session_timeout: 15_000,
} as const;

/** The connections of listings, so that no listing takes one of another request, and their limits. */
const LISTING_POOL = {
  max: 3,
  query_timeout: 10_000,
  timeouts: { ...REQUEST_TIMEOUTS, statement_timeout: 5_000, lock_timeout: 4_000 },
} as const;

function kyselyOver<Tables>(dialect: Dialect, log: LogConfig = []): Kysely<Tables> {
  return new Kysely<Tables>({ dialect, log, plugins: [new CamelCasePlugin({ maintainNestedObjectKeys: true })] });
}

function countedOver(dialect: Dialect): Pick<Database, "db" | "statements"> {
  let count = 0;
  const db = kyselyOver<Schema>(dialect, ({ query }) => {
    if (!isOfCheckpoint(query.sql) && !isNotification(query.sql)) count += 1;
  });
  return { db, statements: () => count };
}
