import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { StartFailure } from "../failures/start-failure";
import { sqlStateOf } from "./failures";
import { buildConcurrently, buildPlainly, type Index } from "./indexes";
import { up as makeTables } from "./migrations/0001-tables";
import { up as addCredentials } from "./migrations/0002-credentials";
import { SECRET_VERSIONS } from "./migrations/0003-secret-versions";
import { up as addRevokedTokens } from "./migrations/0004-revoked-tokens";
import { AUDIT_TIME } from "./migrations/0005-audit-time";
import { up as addClientRevisions } from "./migrations/0006-client-revisions";
import { up as addEpoch } from "./migrations/0007-epoch";
import {
  up as addGrantPermissions,
  DELETED_NAME,
  DELETED_OWNER,
  fill as fillGrantPermissions,
} from "./migrations/0008-grant-permissions";
import { ENDED_ROWS } from "./migrations/0009-ended-rows";
import { up as addActorCeiling } from "./migrations/0010-actor-ceiling";
import { up as keepActorNames } from "./migrations/0011-past-actors";
import { up as allowAuditPrune } from "./migrations/0012-audit-prune";
import { CERTIFICATE_END } from "./migrations/0013-certificate-end";
import { up as addEnvironments } from "./migrations/0014-environments";
import { up as addDeliveries } from "./migrations/0015-deliveries";
import { up as addTrust } from "./migrations/0016-trust";
import { up as addAccessChanges } from "./migrations/0018-access-changes";
import { up as addUse } from "./migrations/0019-use";
import { up as addDeliveryNames } from "./migrations/0020-delivery-names";

/** Returns "more" when it has done a part of its work and has to run again, in the next transaction. */
type TableChange = (db: Kysely<unknown>) => Promise<unknown>;

type Migration = TableChange | readonly Index[];

/** A change of tables is one transaction; indexes on tables that may be large are built outside of one. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  "0001-tables": makeTables,
  "0002-credentials": addCredentials,
  "0003-secret-versions": [SECRET_VERSIONS],
  "0004-revoked-tokens": addRevokedTokens,
  "0005-audit-time": [AUDIT_TIME],
  "0006-client-revisions": addClientRevisions,
  "0007-epoch": addEpoch,
  "0008-grant-permissions": addGrantPermissions,
  "0008-grant-permissions-of-before": fillGrantPermissions,
  "0008-deleted-clients": [DELETED_NAME, DELETED_OWNER],
  "0009-ended-rows": ENDED_ROWS,
  "0010-actor-ceiling": addActorCeiling,
  "0011-past-actors": keepActorNames,
  "0012-audit-prune": allowAuditPrune,
  "0013-certificate-end": [CERTIFICATE_END],
  "0014-environments": addEnvironments,
  "0015-deliveries": addDeliveries,
  "0016-trust": addTrust,
  "0018-access-changes": addAccessChanges,
  "0019-use": addUse,
  "0020-delivery-names": addDeliveryNames,
};

/** How a migration waits for tables that something else holds, and for its turn. */
interface Patience {
  readonly attempts: number;
  /** How long one statement waits for a lock. Later statements, also of other replicas, wait behind it. */
  readonly lockMs: number;
  readonly pauseMs: number;
  /** How long to wait for another replica's migration. @default two minutes */
  readonly turnMs?: number;
}

/** Under a minute in all. A request waits 5 seconds for a lock, so it survives one attempt. */
const PATIENCE: Patience = { attempts: 10, lockMs: 3_000, pauseMs: 3_000 };
const TURN_MS = 120_000;
const POLL_MS = 200;
const REPORT_MS = 10_000;

/** Receives what a start waits for. */
export type Report = (line: string) => void;

/**
 * Brings the tables up to date. Of several concurrent callers, one does a migration and the others wait.
 *
 * Each migration is a transaction, which also holds the lock and the timeouts: a pooler may give each transaction another
 * connection, and no setting stays on a connection. In one transaction, the lock of one migration on the audit trail and that
 * of the next one on clients would deadlock with a change, which writes both. A second connection builds an index, outside of
 * the transaction, while requests continue.
 *
 * @throws StartFailure when something else holds the tables, or the lock, for too long.
 */
export async function migrate(
  db: Kysely<unknown>,
  patience: Patience = PATIENCE,
  report: Report = () => {},
): Promise<void> {
  const newTurn = () => new Turn(db, patience.turnMs ?? TURN_MS, report);
  let turn = newTurn();
  for (let attempt = 1; ; ) {
    try {
      if ((await findPending(db)) === null) return;
      if (await migrateNext(db, patience.lockMs, report)) turn = newTurn();
      else await turn.wait();
    } catch (error) {
      const state = sqlStateOf(error) ?? "";
      if (!HELD.has(state)) throw error;
      if (attempt === patience.attempts) throw heldFailure(state);
      attempt += 1;
      report(`the migration waits for tables that something else holds, as a backup or a long query does (${state})`);
      await wait(patience.pauseMs);
    }
  }
}

/** Brings the tables of a database up to date that nobody else uses, as an embedded one. */
export async function migrateAlone(db: Kysely<unknown>): Promise<void> {
  for (let next = await findPending(db); next !== null; next = await findPending(db)) {
    const { name, migration } = next;
    await db.transaction().execute(async (transaction) => {
      let isDone = true;
      if (typeof migration === "function") isDone = (await migration(transaction)) !== "more";
      else for (const index of migration) await buildPlainly(transaction, index);
      if (isDone) await record(transaction, name);
    });
  }
}

// lock_not_available, deadlock_detected
const HELD: ReadonlySet<string> = new Set(["55P03", "40P01"]);

function heldFailure(state: string): StartFailure {
  return new StartFailure(
    "The tables cannot be brought up to date while something else holds them, as a backup or a long query does: " +
      `start again when it has ended (${state}).`,
  );
}

// "xtremepu" as eight bytes of ASCII, so that no other program is likely to use it.
const MIGRATION_LOCK = "8679688161802416245";

/** Waits while another replica migrates, and reports it. */
class Turn {
  readonly #db: Kysely<unknown>;
  readonly #limit: number;
  readonly #report: Report;
  readonly #start = performance.now();
  #reportedTime = Number.NEGATIVE_INFINITY;

  constructor(db: Kysely<unknown>, limit: number, report: Report) {
    this.#db = db;
    this.#limit = limit;
    this.#report = report;
  }

  async wait(): Promise<void> {
    const now = performance.now();
    if (now - this.#start > this.#limit) throw await this.#failure();
    if (now - this.#reportedTime >= REPORT_MS) {
      this.#reportedTime = now;
      this.#report(`the migration waits for the lock of another one (${await findLockHolder(this.#db)})`);
    }
    await wait(POLL_MS);
  }

  async #failure(): Promise<StartFailure> {
    return new StartFailure(
      `Another start has held the migration lock for ${Math.round(this.#limit / 1_000)} seconds (${await findLockHolder(this.#db)}): ` +
        "start again when it has ended. If it is stuck, end its connection with pg_terminate_backend.",
    );
  }
}

async function findLockHolder(db: Kysely<unknown>): Promise<string> {
  const { rows } = await sql<{ pid: number; name: string | null }>`select l.pid, a.application_name as name
    from pg_locks l left join pg_stat_activity a on a.pid = l.pid
    where l.locktype = 'advisory' and l.granted and l.objsubid = 1
      and l.database = (select oid from pg_database where datname = current_database())
      and ((l.classid::bigint << 32) | l.objid::bigint) = ${MIGRATION_LOCK}::bigint`.execute(db);
  const [holder] = rows;
  return holder === undefined ? "it has just ended" : `pid ${holder.pid}, ${holder.name || "a client without a name"}`;
}

/** Runs the first pending migration, if any. Returns false when another replica is migrating. */
async function migrateNext(db: Kysely<unknown>, lockMs: number, report: Report): Promise<boolean> {
  return db
    .transaction()
    .setIsolationLevel("read committed")
    .execute(async (transaction) => {
      // A role's limits are meant for requests; a change may take longer.
      const { rows } = await sql<{
        taken: boolean;
      }>`select pg_try_advisory_xact_lock(${MIGRATION_LOCK}::bigint) as taken,
        set_config('lock_timeout', ${String(lockMs)}, true), set_config('statement_timeout', '0', true),
        set_config('idle_in_transaction_session_timeout', '0', true)`.execute(transaction);
      if (rows[0]?.taken !== true) return false;
      const next = await findPending(transaction);
      if (next === null) return true;
      // Between two statements, this transaction has no snapshot that the index would wait for.
      const { name, migration } = next;
      let isDone = true;
      if (typeof migration === "function") isDone = (await migration(transaction)) !== "more";
      else for (const index of migration) await buildConcurrently(db, index, report);
      if (isDone) await record(transaction, name);
      return true;
    });
}

interface Pending {
  readonly name: string;
  readonly migration: Migration;
}

/** A newer replica may have migrated further; this one keeps working beside it. */
async function findPending(db: Kysely<unknown>): Promise<Pending | null> {
  const done = await finished(db);
  const pending = Object.entries(MIGRATIONS).find(([name]) => !done.has(name));
  return pending === undefined ? null : { name: pending[0], migration: pending[1] };
}

// Earlier versions read this table through Kysely's migrator.
async function record(db: Kysely<unknown>, name: string): Promise<void> {
  await sql`create table if not exists kysely_migration
    (name varchar(255) not null primary key, timestamp varchar(255) not null)`.execute(db);
  await sql`insert into kysely_migration values (${name}, ${new Date().toISOString()})`.execute(db);
}

async function finished(db: Kysely<unknown>): Promise<ReadonlySet<string>> {
  const { rows: tables } = await sql`select 1 where to_regclass('kysely_migration') is not null`.execute(db);
  if (tables.length === 0) return new Set();
  const { rows } = await sql<{ name: string }>`select name from kysely_migration`.execute(db);
  return new Set(rows.map(({ name }) => name));
}
