import assert from "node:assert/strict";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client } from "pg";
import { buildConcurrently, type Index } from "../../../backend/src/database/indexes";
import { openDatabase } from "../../../backend/src/database/open";
import { openPool } from "../../../backend/src/database/server-pool";
import { openTestDatabase } from "../../support/backend/backend";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { until } from "../../support/process/until";

const INDEX: Index = { name: "clients_updated", on: "clients (updated_time) where deleted_time is null" };
const BUILT = "create index clients_updated on public.clients using btree (updated_time) where (deleted_time is null)";

describe("an index that is built while requests continue", function () {
  this.timeout(60_000);
  let url: string;
  let db: Kysely<unknown>;
  let other: Client;

  const definition = async () => {
    const { rows } = await sql<{ text: string }>`select lower(pg_get_indexdef(indexrelid)) as text from pg_index
      where indexrelid = to_regclass('clients_updated') and indisvalid`.execute(db);
    return rows[0]?.text;
  };
  const build = (lines: string[] = []) => buildConcurrently(db, INDEX, (line) => lines.push(line));
  const isBuilding = () =>
    until(async () => {
      const { rows } = await sql`select 1 from pg_stat_progress_create_index
        where datname = current_database() and index_relid <> 0`.execute(db);
      return rows.length > 0;
    });

  beforeEach(async () => {
    ({ url } = await makePostgresDatabase());
    await (await openDatabase({ url })).close();
    db = new Kysely<unknown>({
      dialect: new PostgresDialect({ pool: openPool({ connectionString: url, max: 3 }) }),
    });
    other = new Client({ connectionString: url });
    await other.connect();
    await other.query(`insert into projects values ('web', 'Web', 'ana', now());
      insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
      values ('xpc_1', 'web', 'CRM', 1, 1, 'ana', now(), 'ana', now())`);
  });

  afterEach(async () => {
    await other.end();
    await db.destroy();
  });

  it("holds no lock on its table that a request waits for", async () => {
    // An older snapshot, as a backup has one, keeps the build from ending.
    await other.query("begin isolation level repeatable read");
    await other.query("select from clients");
    const built = build();
    await isBuilding();

    const { rows } = await sql<{ mode: string }>`select distinct mode from pg_locks
      where relation = 'clients'::regclass and pid <> ${await pidOf(other)}`.execute(db);
    await sql`update clients set last_used_time = now() where id = 'xpc_1'`.execute(db);
    await other.query("commit");
    await built;

    assert.deepEqual(rows, [{ mode: "ShareUpdateExclusiveLock" }]);
    assert.equal(await definition(), BUILT);
  });

  it("is dropped and built again when a killed build has left it half-built", async () => {
    await build();
    await other.query("update pg_index set indisvalid = false where indexrelid = 'clients_updated'::regclass");

    await build();

    assert.equal(await definition(), BUILT);
  });

  it("waits for the build of a killed start, which the server finishes", async () => {
    const reader = new Client({ connectionString: url });
    await reader.connect();
    await reader.query("begin isolation level repeatable read");
    await reader.query("select from clients");
    const orphan = other.query(`create index concurrently ${INDEX.name} on ${INDEX.on}`);
    await until(async () => {
      const { rows } = await sql`select 1 from pg_index where indexrelid = to_regclass('clients_updated')`.execute(db);
      return rows.length > 0;
    });
    const oid = async () => (await sql`select to_regclass('clients_updated')::oid as oid`.execute(db)).rows;
    const before = await oid();

    const lines: string[] = [];
    const built = build(lines);
    await until(() => lines.length > 0);
    await reader.end();
    await Promise.all([orphan, built]);

    assert.deepEqual(lines, ["the migration waits for an earlier start, which still builds the index clients_updated"]);
    assert.deepEqual(await oid(), before);
    assert.equal(await definition(), BUILT);
  });

  it("leaves one that is there", async () => {
    await build();
    const { rows: before } = await sql`select 'clients_updated'::regclass::oid as oid`.execute(db);

    await build();

    assert.deepEqual((await sql`select 'clients_updated'::regclass::oid as oid`.execute(db)).rows, before);
  });
});

describe("the indexes of an embedded database", function () {
  this.timeout(60_000);

  it("are those of a server", async () => {
    const [embedded, server] = [await openTestDatabase("memory"), await openTestDatabase("postgres")];

    const [ofEmbedded, ofServer] = await Promise.all(
      [embedded, server].map(async ({ db }) => {
        const { rows } = await sql<{ indexdef: string }>`select indexdef from pg_indexes
          where schemaname = 'public' order by indexname`.execute(db);
        return rows;
      }),
    );

    assert.deepEqual(ofEmbedded, ofServer);
    assert.ok(ofServer?.some(({ indexdef }) => indexdef.includes("audit_time")));
    await embedded.close();
    await server.close();
  });
});

async function pidOf(client: Client): Promise<number> {
  return (await client.query("select pg_backend_pid() as pid")).rows[0].pid;
}
