import assert from "node:assert/strict";
import { sql } from "kysely";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import type { Database } from "../../../backend/src/database/open";
import { inTransaction } from "../../../backend/src/database/transaction";
import { UseRecorder } from "../../../backend/src/oauth/use-recorder";
import { bootstrap } from "../../../backend/src/process/bootstrap";
import { recordFirstUse } from "../../../backend/src/store/client-credentials";
import { ENGINES, listenOn, openTestDatabase, startTestBackend, type TestBackend } from "../../support/backend/backend";
import { type GrantedClient, makeGrantedClient } from "../../support/backend/oauth";

const nine = new Date("2026-05-01T09:00:00Z");
const ten = new Date("2026-05-01T10:00:00Z");
const eleven = new Date("2026-05-01T11:00:00Z");

for (const engine of ENGINES) {
  describe(`UseRecorder over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let database: Database;
    let client: GrantedClient;
    let credential: string;

    const first = (time: Date) =>
      inTransaction(database.db, (transaction) => recordFirstUse(transaction, { credential, client: client.id, time }));
    const lastUsed = async () => (await client.access.clients.get("retail", client.id)).lastUsedTime;

    beforeEach(async () => {
      backend = await startTestBackend({ engine });
      ({ database } = backend);
      client = await makeGrantedClient(backend, ["list:profile"]);
      const row = await database.db.selectFrom("credentials").select("id").executeTakeFirstOrThrow();
      credential = row.id;
    });

    afterEach(() => backend.close());

    it("writes a first use at once and keeps it as the first", async () => {
      await first(ten);
      await first(eleven);

      const row = await database.db.selectFrom("credentials").selectAll().executeTakeFirstOrThrow();
      assert.deepEqual([row.firstUsedTime, row.lastUsedTime], [ten, eleven]);
      assert.equal(await lastUsed(), "2026-05-01T11:00:00.000Z");
    });

    it("reports that a secret was revoked before its first use", async () => {
      await database.db.updateTable("credentials").set({ revokedTime: nine }).execute();

      assert.equal(await first(ten), false);
    });

    it("holds back later uses until the flush and writes the latest", async () => {
      const recorder = new UseRecorder(database.db);

      recorder.later({ credential, client: client.id, time: nine });
      recorder.later({ credential, client: client.id, time: ten });
      assert.equal(await lastUsed(), null);
      await recorder.flush();

      assert.equal(await lastUsed(), "2026-05-01T10:00:00.000Z");
    });

    it("never overwrites a later time of another replica", async () => {
      const [one, other] = [new UseRecorder(database.db), new UseRecorder(database.db)];
      one.later({ credential, client: client.id, time: eleven });
      other.later({ credential, client: client.id, time: ten });

      await one.flush();
      await other.flush();

      assert.equal(await lastUsed(), "2026-05-01T11:00:00.000Z");
    });

    it("writes many uses in batches of a thousand, each in its own transaction", async () => {
      await sql`insert into clients
          (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
        select 'xpc_' || n, 'retail', 'one of many ' || n, 1, 1, 'ana', now(), 'ana', now()
        from generate_series(1, 2500) as n`.execute(database.db);
      const recorder = new UseRecorder(database.db);
      for (let n = 1; n <= 2_500; n++) recorder.later({ credential: `xpk_${n}`, client: `xpc_${n}`, time: ten });

      await recorder.flush();

      // The system column is the transaction that wrote the row.
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from clients
        where last_used_time = ${ten} group by xmin::text order by 1`.execute(database.db);
      assert.deepEqual(
        rows.map(({ count }) => count),
        [500, 1_000, 1_000],
      );
    });

    it("keeps what it could not write for the next flush", async () => {
      const recorder = new UseRecorder(database.db);
      recorder.later({ credential, client: client.id, time: ten });
      await database.db.schema.alterTable("clients").renameTo("elsewhere").execute();
      await assert.rejects(recorder.flush());
      await database.db.schema.alterTable("elsewhere").renameTo("clients").execute();

      await recorder.flush();

      assert.equal(await lastUsed(), "2026-05-01T10:00:00.000Z");
    });
  });
}

describe("the end of a backend", () => {
  it("writes the held back uses", async () => {
    let now = nine;
    const database = await openTestDatabase("memory");
    const { app, endpoint } = await listenOn(database, { clock: () => now, issuer: "https://access.example.com" });
    const adminToken = makeSecret("xpat");
    await bootstrap(database.db, { adminToken, dataDir: null, now });
    const { access, id, secret } = await makeGrantedClient({ endpoint, adminToken }, ["list:profile"]);
    await access.oauth.token({ clientId: id, clientSecret: secret });
    now = ten;
    await access.oauth.token({ clientId: id, clientSecret: secret });
    const { lastUsedTime } = await access.clients.get("retail", id);

    await app.close();

    const row = await database.db.selectFrom("clients").select("lastUsedTime").executeTakeFirstOrThrow();
    await database.close();
    assert.equal(lastUsedTime, nine.toISOString());
    assert.deepEqual(row.lastUsedTime, ten);
  });
});
