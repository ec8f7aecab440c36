import assert from "node:assert/strict";
import { sql } from "kysely";
import { createClient } from "../../../backend/src/changes/clients";
import { isInterruptedCreate } from "../../../backend/src/changes/take-over";
import { findLive } from "../../../backend/src/store/access-tokens";
import { listAudit } from "../../../backend/src/store/audit";
import { findTokenClients } from "../../../backend/src/store/client-credentials";
import { type ClientRow, lockClientEver } from "../../../backend/src/store/clients";
import { findUsedVersions } from "../../../backend/src/store/credentials";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { type ChangeBench, openChangeBench } from "../../support/backend/changes";
import { writeHeavyAudit } from "../../support/backend/heavy-rows";
import { rowsRead } from "../../support/backend/rows-read";

const OWNER = "acme/urn:crm";

for (const engine of ENGINES) {
  describe(`a client with a long history on ${engine}`, function () {
    this.timeout(60_000);
    let bench: ChangeBench;
    let client: ClientRow;

    before(async () => {
      bench = await openChangeBench(engine);
      const { db } = bench.database;
      await bench.make({ managedBy: OWNER });
      const taken = await createClient(bench.by(), {
        project: "web",
        name: "CRM 2",
        managedBy: OWNER,
        secretVersion: 1,
      });
      client = taken.client;
      await writeHeavyAudit(bench.database, { project: "web", client: client.id }, { count: 2_000, length: 20 });
      await sql`insert into credentials (id, client, kind, version, secret_hash, created_by, created_time, revoked_time)
        select 'xpk_' || version, ${client.id}, 'secret', version, version::text::bytea, 'ana', now(), now()
        from generate_series(2, 2001) as version`.execute(db);
      await sql`analyze`.execute(db);
    });
    after(() => bench.database.close());

    it("has tokens whose end is found without its audit trail", async () => {
      const { db } = bench.database;
      const accessToken = { jti: "token", client: client.id, revision: 1 };
      const query = { client: client.id, kind: "secret", jtiHash: null, now: new Date(), accessToken } as const;

      const read = await rowsRead(db, "audit", async (transaction) => {
        const [answer] = await findLive(transaction, [{ actorToken: null, accessToken }]);
        const [found] = await findTokenClients(transaction, [query]);
        assert.deepEqual([answer?.permissions, found?.tokenEnded], [[], false]);
      });

      assert.equal(read, 0);
    });

    it("is known to be unchanged since a take-over without its audit trail", async () => {
      const { db } = bench.database;

      const read = await rowsRead(db, "audit", async (transaction) => {
        const locked = await lockClientEver(transaction, { project: "web", id: client.id });
        assert.ok(locked !== null && locked.revision === 2);
        assert.equal(await isInterruptedCreate(transaction, bench.by(), locked), true);
      });

      assert.equal(read, 0);
    });

    it("gets its next secret without all versions before", async () => {
      const { db } = bench.database;

      const read = await rowsRead(db, "credentials", async (transaction) => {
        assert.deepEqual((await findUsedVersions(transaction, client.id, 7)).sort(), [2_001, 7]);
        assert.deepEqual(await findUsedVersions(transaction, client.id, 3_000), [2_001]);
        assert.deepEqual(await findUsedVersions(transaction, "xpc_without_any", 1), []);
      });

      assert.ok(read <= 4, `${read} rows`);
    });
  });
}

for (const engine of ENGINES) {
  describe(`a long audit trail on ${engine}`, function () {
    this.timeout(60_000);

    it("is read from an instant on without what came before", async () => {
      const database = await openTestDatabase(engine);
      const { db } = database;
      await sql`insert into audit (time, actor_id, actor_name, action, target_type, target_id, project, request_id)
        select timestamptz '2030-01-01Z' + number * interval '1 second', 'xpa_a', 'ana', 'client.update', 'client', 'xpc_a',
          'web', 'xpr_a'
        from generate_series(1, 20000) as number`.execute(db);
      await sql`analyze`.execute(db);
      const trail = { project: "web", since: "2030-01-01T05:16:41.000Z" };

      const read = await rowsRead(db, "audit", async (transaction) => {
        const { rows } = await listAudit(transaction, trail, { limit: 100, bytes: 1_000_000, after: null });
        assert.equal(rows.length, 100);
      });

      assert.ok(read <= 2_000, `${read} rows`);
      await database.close();
    });
  });
}
