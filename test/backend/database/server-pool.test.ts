import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import { Client } from "pg";
import { isFailure } from "../../../backend/src/database/failures";
import { openPool } from "../../../backend/src/database/server-pool";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { startTcpProxy, type TcpProxy } from "../../support/backend/tcp-proxy";
import { until } from "../../support/process/until";

// Long enough that a busy machine does not take twice as long.
const QUERY_TIMEOUT_MS = 4_000;

describe("the connections to a PostgreSQL server", function () {
  this.timeout(60_000);
  let url: string;
  let proxy: TcpProxy;
  let db: Kysely<unknown>;

  const ping = () => sql`select 1`.execute(db);

  beforeEach(async () => {
    ({ url } = await makePostgresDatabase());
    const address = new URL(url);
    proxy = await startTcpProxy({ host: address.hostname, port: Number(address.port) });
    address.hostname = "127.0.0.1";
    address.port = String(proxy.port);
    const pool = openPool({ connectionString: address.href, max: 1, query_timeout: QUERY_TIMEOUT_MS });
    db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  });

  afterEach(async () => {
    await db.destroy();
    await proxy.cut();
  });

  it("are not used again when an answer never came", async () => {
    await ping();
    proxy.freeze();

    await assert.rejects(ping(), { message: "Query read timeout" });

    assert.deepEqual((await sql`select 1 as one`.execute(db)).rows, [{ one: 1 }]);
  });

  it("read times whatever the database sets as its DateStyle", async () => {
    const { url: other, name } = await makePostgresDatabase();
    const client = new Client({ connectionString: other });
    await client.connect();
    await client.query(`alter database ${name} set datestyle = 'SQL, DMY'`);
    await client.end();
    const pool = openPool({ connectionString: other, max: 1 });
    const styled = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });

    const { rows } = await sql`select '2026-03-04T05:06:07Z'::timestamptz as time`.execute(styled);

    assert.deepEqual(rows, [{ time: new Date("2026-03-04T05:06:07Z") }]);
    await styled.destroy();
  });

  it("do not wait for a rollback that gets no answer", async () => {
    await ping();
    const started = Date.now();

    const change = db.transaction().execute(async (transaction) => {
      proxy.freeze();
      await sql`select 1`.execute(transaction);
    });

    await assert.rejects(change, { message: "Query read timeout" });
    assert.ok(Date.now() - started < 2 * QUERY_TIMEOUT_MS, "a second time-out was waited for");
    await ping();
  });

  it("do not end the process when one is cut while it is lent and runs no statement", async () => {
    const other = new Client({ connectionString: url });
    await other.connect();

    const change = db.transaction().execute(async (transaction) => {
      const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(transaction);
      const backendOf = "select 1 from pg_stat_activity where pid = $1";
      await other.query("select pg_terminate_backend($1)", [rows[0]?.pid]);
      await until(async () => (await other.query(backendOf, [rows[0]?.pid])).rows.length === 0, 20_000);
      // The end of the connection arrives, and nothing waits for it.
      await wait(200);
      await sql`select 1`.execute(transaction);
    });

    await assert.rejects(change, (error) => isFailure(error, "unreachable"));
    await ping();
    await other.end();
  });
});
