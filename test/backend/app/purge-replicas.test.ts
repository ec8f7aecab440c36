import assert from "node:assert/strict";
import { sql } from "kysely";
import { Client } from "pg";
import { restoreClient } from "../../../backend/src/changes/restore";
import type { Database } from "../../../backend/src/database/open";
import { openDatabase } from "../../../backend/src/database/open";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { purgeAt } from "../../support/backend/purge";
import { until } from "../../support/process/until";

const DELETED = "2030-05-01T12:00:00.000Z";
const AFTER = new Date("2030-06-01T12:00:00.000Z");
const COUNT = 1_700;

describe("the purge of several replicas", function () {
  this.timeout(60_000);
  let url: string;
  let replicas: Database[];
  let other: Client;

  const purgeOn = (replica: number) => {
    const db = replicas[replica]?.db;
    assert.ok(db !== undefined);
    return purgeAt(db, AFTER);
  };
  /** A restore of a replica whose clock is slow. */
  const restore = (id: string) => {
    const [database] = replicas;
    assert.ok(database !== undefined);
    const actor = { id: "xpa_ana", name: "ana", ownerPrefix: null, ceiling: null, expiresTime: null };
    const change = { database, actor, requestId: "xpr_1", time: new Date("2030-05-31T11:00:00.000Z") };
    return restoreClient(change, { project: "web", id }, { name: undefined, managedBy: undefined });
  };
  const left = async () => (await other.query("select id from clients")).rows.map(({ id }) => id);

  beforeEach(async () => {
    ({ url } = await makePostgresDatabase());
    replicas = [await openDatabase({ url }), await openDatabase({ url })];
    other = new Client({ connectionString: url });
    await other.connect();
    await other.query("insert into projects values ('web', 'Web', 'ana', now())");
    await other.query(`insert into clients
        (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time, deleted_time)
      select 'xpc_' || n, 'web', 'client ' || n, 0, 1, 'ana', now(), 'ana', now(), '${DELETED}'
      from generate_series(1, ${COUNT}) as n`);
  });

  afterEach(async () => {
    await other.end();
    await Promise.all(replicas.map((replica) => replica.close()));
  });

  it("removes each client once", async () => {
    const counts = await Promise.all([purgeOn(0), purgeOn(1)]);

    assert.equal((counts[0]?.clients ?? 0) + (counts[1]?.clients ?? 0), COUNT);
    assert.deepEqual(await left(), []);
  });

  it("passes over a client that something else holds, and waits for nothing", async () => {
    await other.query("begin");
    await other.query("select from clients where id = 'xpc_7' for no key update");

    const counts = await purgeOn(0);

    await other.query("commit");
    assert.deepEqual(counts, { clients: COUNT - 1 });
    assert.deepEqual(await left(), ["xpc_7"]);
  });

  it("leaves a client whose restore came first", async () => {
    await other.query("delete from clients where id <> 'xpc_7'");
    await restore("xpc_7");

    assert.deepEqual(await purgeOn(1), {});
    assert.deepEqual(await left(), ["xpc_7"]);
  });

  it("makes a restore that came second find no client", async () => {
    await other.query("begin");
    await other.query("delete from clients where id = 'xpc_7'");
    const restored = restore("xpc_7");
    const [replica] = replicas;
    assert.ok(replica !== undefined);
    await until(async () => {
      const { rows } = await sql`select 1 from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(replica.db);
      return rows.length > 0;
    });
    await other.query("commit");

    await assert.rejects(restored, { code: "client_not_found" });
  });
});
