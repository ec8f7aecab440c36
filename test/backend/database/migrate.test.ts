import assert from "node:assert/strict";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client } from "pg";
import { migrate } from "../../../backend/src/database/migrate";
import { openDatabase } from "../../../backend/src/database/open";
import { openPool } from "../../../backend/src/database/server-pool";
import { listActors } from "../../../backend/src/store/actors";
import { listAudit } from "../../../backend/src/store/audit";
import { findBackend } from "../../../backend/src/store/backend";
import { listClients } from "../../../backend/src/store/clients";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { openVersionBefore } from "../../support/backend/version-before";

const TABLES = [
  "access_changes",
  "actor_tokens",
  "actors",
  "assertions",
  "audit",
  "backend",
  "clients",
  "credentials",
  "deliveries",
  "environments",
  "exchanged_tokens",
  "grant_permissions",
  "grants",
  "issuers",
  "past_actors",
  "projects",
  "revoked_tokens",
  "signing_keys",
  "trust_rules",
  "use_reporters",
  "use_reports",
  "use_spans",
  "use_totals",
];

for (const engine of ENGINES) {
  describe(`the tables on ${engine}`, function () {
    this.timeout(60_000);

    it("are all made, with one identity of the backend", async () => {
      const database = await openTestDatabase(engine);

      const { rows } = await sql<{ name: string }>`select table_name as name from information_schema.tables
        where table_schema = 'public' and table_name not like 'kysely%' order by 1`.execute(database.db);

      assert.deepEqual(
        rows.map(({ name }) => name),
        TABLES,
      );
      assert.match((await findBackend(database.db))?.id ?? "", /^xpb_[a-z2-7]{26}$/);
      await assert.rejects(sql`insert into backend (id, created_time) values ('xpb_2', now())`.execute(database.db));
      await database.close();
    });

    it("refuse to change or remove what is recorded", async () => {
      const database = await openTestDatabase(engine);
      await sql`insert into audit (time, actor_id, actor_name, action, target_type, target_id, request_id)
        values (now(), 'xpa_1', 'ana', 'client.create', 'client', 'xpc_1', 'xpr_1')`.execute(database.db);

      await assert.rejects(sql`update audit set actor_name = 'ben'`.execute(database.db), /cannot be changed/);
      await assert.rejects(sql`delete from audit`.execute(database.db), /cannot be changed/);
      await assert.rejects(sql`truncate audit`.execute(database.db), /cannot be changed/);
      const { rows } = await sql`select actor_name from audit`.execute(database.db);
      assert.equal(rows.length, 1);
      await database.close();
    });
  });
}

/** What pg_dump does: it reads every table, and keeps them from being changed until it ends. */
async function holdTables(url: string): Promise<{ close(): Promise<void> }> {
  const connection = new Client({ connectionString: url });
  await connection.connect();
  await connection.query("begin");
  await connection.query("lock table clients, credentials in access share mode");
  return { close: () => connection.end() };
}

/** Waits until a statement on the database waits for a lock. */
async function isBlocked(url: string): Promise<void> {
  const connection = new Client({ connectionString: url });
  await connection.connect();
  const blocked = "select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'";
  while ((await connection.query(blocked)).rows.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
  await connection.end();
}

describe("replicas on one PostgreSQL", function () {
  this.timeout(60_000);

  it("start at once on an empty database and share one set of tables and one identity", async () => {
    const { url } = await makePostgresDatabase();

    const replicas = await Promise.all(Array.from({ length: 6 }, () => openDatabase({ url })));

    const ids = await Promise.all(replicas.map(async ({ db }) => (await findBackend(db))?.id));
    assert.equal(new Set(ids).size, 1);
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  it("build an index that a killed start has left half-built, also when they start at once", async () => {
    const { url } = await makePostgresDatabase();
    const older = await openDatabase({ url });
    await sql`update pg_index set indisvalid = false where indexrelid = 'audit_time'::regclass`.execute(older.db);
    await sql`delete from kysely_migration where name = '0005-audit-time'`.execute(older.db);

    const replicas = await Promise.all([openDatabase({ url }), openDatabase({ url }), openDatabase({ url })]);

    const { rows } = await sql`select indisvalid as valid from pg_index
      where indexrelid = 'audit_time'::regclass`.execute(older.db);
    assert.deepEqual(rows, [{ valid: true }]);
    await Promise.all([older, ...replicas].map((replica) => replica.close()));
  });

  it("take no more connections than the setting allows", async () => {
    const { url } = await makePostgresDatabase();
    const replica = await openDatabase({ url, connections: 3 });
    const other = await openDatabase({ url });

    const sleeping = Promise.all(Array.from({ length: 9 }, () => sql`select pg_sleep(0.2)`.execute(replica.db)));
    const open = () =>
      sql`select 1 from pg_stat_activity where datname = current_database() and query ~ '^select pg_sleep'
      and pid <> pg_backend_pid()`.execute(other.db);
    const counts: number[] = [];
    let isDone = false;
    void sleeping.then(() => {
      isDone = true;
    });
    while (!isDone) counts.push((await open()).rows.length);

    await sleeping;
    assert.equal(Math.max(...counts), 3);
    await replica.close();
    await other.close();
  });

  it("start beside a newer one that has migrated further", async () => {
    const { url } = await makePostgresDatabase();
    const newer = await openDatabase({ url });
    await sql`insert into kysely_migration values ('9999-of-a-newer-replica', now()::text)`.execute(newer.db);

    const older = await openDatabase({ url });

    assert.deepEqual(await findBackend(older.db), await findBackend(newer.db));
    await older.close();
    await newer.close();
  });

  it("bring the tables of the previous version up to date, and keep its replicas' statements working", async () => {
    const { url } = await makePostgresDatabase();
    const before = await openVersionBefore(url);
    await before.write("xpc_before");

    const newer = await openDatabase({ url });
    await before.write("xpc_beside");

    const visibility = { state: "live", now: new Date("2030-05-01T12:00:00.000Z") } as const;
    const where = { project: "web", visibility, filter: {} };
    const { rows: clients } = await listClients(newer.db, where, { limit: 10, bytes: 10_000, after: null });
    assert.deepEqual(
      clients.map(({ client }) => [client.id, client.credentials.secrets.map(({ version }) => version)]),
      [
        ["xpc_before", [1]],
        ["xpc_beside", [1]],
      ],
    );
    const { rows: record } = await listAudit(newer.db, {}, { limit: 10, bytes: 10_000, after: null });
    assert.deepEqual(
      record.map(({ client, revision }) => [client, revision]),
      [
        ["xpc_beside", null],
        ["xpc_before", null],
      ],
    );
    const { rows: actors } = await listActors(newer.db, { limit: 10, bytes: 10_000, after: null });
    assert.deepEqual(
      actors.map(({ name, ownerPrefix }) => [name, ownerPrefix]),
      [
        ["ci of xpc_before", null],
        ["ci of xpc_beside", null],
      ],
    );
    await before.close();
    await newer.close();
  });

  it("remember the last restore of a client, also one by the previous version", async () => {
    const { url } = await makePostgresDatabase();
    const older = await openDatabase({ url });
    const statements = [
      "drop trigger clients_restored on clients",
      "drop function keep_restored_revision",
      "alter table clients drop column restored_revision, drop column made_revision",
      "delete from kysely_migration where name = '0006-client-revisions'",
      "insert into projects values ('web', 'Web', 'ana', now())",
      `insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
        select name, 'web', name, 1, 4, 'ana', now(), 'ana', now() from unnest('{restored,other}'::text[]) as name`,
      `insert into audit (time, actor_id, actor_name, action, target_type, target_id, client, revision, request_id)
        select now(), 'xpa_ana', 'ana', 'client.restore', 'client', 'restored', 'restored', revision, 'xpr_1'
        from unnest('{2,4}'::integer[]) as revision`,
    ];
    for (const statement of statements) await sql.raw(statement).execute(older.db);

    const newer = await openDatabase({ url });
    const revisions = () => newer.db.selectFrom("clients").select(["id", "restoredRevision"]).orderBy("id").execute();
    const migrated = await revisions();
    await sql`update clients set deleted_time = now() where id = 'other'`.execute(older.db);
    await sql`update clients set deleted_time = null, revision = 5 where id = 'other'`.execute(older.db);

    assert.deepEqual(migrated, [
      { id: "other", restoredRevision: null },
      { id: "restored", restoredRevision: 4 },
    ]);
    assert.equal((await revisions())[0]?.restoredRevision, 5);
    await older.close();
    await newer.close();
  });

  it("take no lock of one migration into the next, so that a change that writes both tables goes on", async () => {
    const { url } = await makePostgresDatabase();
    const older = await openDatabase({ url });
    const before = [
      "drop index audit_time",
      "drop trigger clients_restored on clients",
      "drop function keep_restored_revision",
      "alter table clients drop column restored_revision, drop column made_revision",
      "delete from kysely_migration where name in ('0005-audit-time', '0006-client-revisions')",
    ];
    for (const statement of before) await sql.raw(statement).execute(older.db);
    const change = new Client({ connectionString: url });
    await change.connect();
    await change.query("begin");
    await change.query("update clients set revision = revision + 1");
    // Of two that wait for each other, PostgreSQL ends the one that looks first.
    await change.query("set deadlock_timeout = '10ms'");

    const newer = openDatabase({ url });
    await isBlocked(url);
    await change.query(`insert into audit (time, actor_id, actor_name, action, target_type, target_id, request_id)
      values (now(), 'xpa_1', 'ana', 'client.update', 'client', 'xpc_1', 'xpr_1')`);
    await change.query("commit");

    await (await newer).close();
    const { rows } = await sql`select name from kysely_migration where name ~ '^000[56]' order by name`.execute(
      older.db,
    );
    assert.deepEqual(rows, [{ name: "0005-audit-time" }, { name: "0006-client-revisions" }]);
    await change.end();
    await older.close();
  });

  it("keep reading while a migration waits for a long backup and then finishes", async () => {
    const { url } = await makePostgresDatabase();
    const before = await openVersionBefore(url);
    const backup = await holdTables(url);

    const newer = openDatabase({ url });
    await isBlocked(url);
    const started = Date.now();
    await before.write("xpc_beside");
    const waited = Date.now() - started;
    await backup.close();

    assert.ok(waited < 4_500, `a write waited ${waited} ms`);
    assert.match((await findBackend((await newer).db))?.id ?? "", /^xpb_/);
    await (await newer).close();
    await before.close();
  });

  it("give up when the backup does not end, and leave the tables unchanged", async () => {
    const { url } = await makePostgresDatabase();
    const before = await openVersionBefore(url);
    const backup = await holdTables(url);
    const pool = openPool({ connectionString: url, max: 2 });
    const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });

    await assert.rejects(migrate(db, { attempts: 2, lockMs: 200, pauseMs: 100 }), {
      name: "StartFailure",
      message:
        "The tables cannot be brought up to date while something else holds them, as a backup or a long query does: " +
        "start again when it has ended (55P03).",
    });

    await before.write("xpc_after");
    await backup.close();
    await migrate(db);
    const { rows } = await sql`show lock_timeout`.execute(db);
    assert.deepEqual(rows, [{ lock_timeout: "0" }]);
    await db.destroy();
    await before.close();
  });

  it("survive that the server cuts their idle connections", async () => {
    const { url, name } = await makePostgresDatabase();
    const replica = await openDatabase({ url });
    const other = await openDatabase({ url });
    await findBackend(replica.db);

    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = ${name} and pid <> pg_backend_pid()`.execute(other.db);
    await new Promise((resolve) => setTimeout(resolve, 100));

    assert.match((await findBackend(replica.db))?.id ?? "", /^xpb_/);
    await replica.close();
    await other.close();
  });
});

describe("a start whose migration lock another one holds", function () {
  this.timeout(60_000);

  it("says so while it waits, and who holds it when it gives up", async () => {
    const { url } = await makePostgresDatabase();
    const holder = new Client({ connectionString: url, application_name: "stranded" });
    await holder.connect();
    await holder.query("select pg_advisory_lock(8679688161802416245)");
    const db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: openPool({ connectionString: url, max: 2 }) }),
    });
    const lines: string[] = [];
    const patience = { attempts: 1, lockMs: 200, pauseMs: 100, turnMs: 500 };

    await assert.rejects(
      migrate(db, patience, (line) => lines.push(line)),
      {
        name: "StartFailure",
        message: /^Another start has held the migration lock .* \(pid \d+, stranded\): start again /,
      },
    );

    assert.equal(lines.length, 1);
    assert.match(lines[0] ?? "", /^the migration waits for the lock of another one \(pid \d+, stranded\)$/);
    await holder.end();
    await migrate(db);
    await db.destroy();
  });
});
