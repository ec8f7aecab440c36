import assert from "node:assert/strict";
import { makeSecret } from "../../../../backend/src/credentials/secrets";
import { openDatabase } from "../../../../backend/src/database/open";
import { drain } from "../../../../backend/src/http/stopping";
import { assertProblem, callerOf } from "../../../support/backend/api";
import { listenOn, openTestDatabase, startTestBackend } from "../../../support/backend/backend";
import { makePostgresDatabase } from "../../../support/backend/postgres";
import { recordStatements } from "../../../support/backend/statements";
import { startTcpProxy } from "../../../support/backend/tcp-proxy";

describe("the routes of health", function () {
  this.timeout(60_000);

  it("say that all is well to anybody", async () => {
    const backend = await startTestBackend();
    const stranger = callerOf(backend.endpoint, null);

    const health = await stranger("GET /healthz");
    const ready = await stranger("GET /readyz");

    assert.deepEqual([health.status, health.body], [200, { status: "ok" }]);
    assert.deepEqual([ready.status, ready.body], [200, { status: "ok" }]);
    await backend.close();
  });

  it("say that the backend runs but cannot serve without its database", async () => {
    const url = new URL((await makePostgresDatabase()).url);
    const proxy = await startTcpProxy({ host: url.hostname, port: Number(url.port) });
    url.host = `127.0.0.1:${proxy.port}`;
    const database = await openDatabase({ url: url.href });
    let now = Date.UTC(2026, 0, 1);
    const { app, endpoint } = await listenOn(database, { clock: () => new Date(now) });
    const caller = callerOf(endpoint, makeSecret("xpat"));
    assert.equal((await caller("GET /readyz")).status, 200);

    await proxy.cut();
    now += 1_000;

    assert.equal((await caller("GET /healthz")).status, 200);
    const ready = await caller("GET /readyz");
    const call = await caller("GET /v1/backend");
    for (const answer of [ready, call]) {
      assertProblem(answer, "unavailable");
      assert.equal(answer.headers.get("retry-after"), "5");
      assert.equal(answer.text.includes(url.password), false);
    }
    await app.close();
    await database.close();
  });

  it("say that a stopping backend runs but does not serve", async () => {
    const database = await openTestDatabase("memory");
    const { app, endpoint } = await listenOn(database);
    const stranger = callerOf(endpoint, null);

    const drained = drain(app, 5_000);
    const [ready, health] = await Promise.all([stranger("GET /readyz"), stranger("GET /healthz")]);

    assert.equal(assertProblem(ready, "unavailable").detail, "the backend stops; try again in a few seconds");
    assert.deepEqual([ready.headers.get("retry-after"), ready.headers.get("connection")], ["5", "close"]);
    assert.equal(health.status, 200);
    await drained;
    await app.close();
    await database.close();
  });

  it("ask the database once a second, however many ask them", async () => {
    const database = await openTestDatabase("memory");
    const { db, statements } = recordStatements(database.db);
    let now = Date.UTC(2026, 0, 1);
    const { app, endpoint } = await listenOn({ ...database, db }, { clock: () => new Date(now) });
    const stranger = callerOf(endpoint, null);
    const asked = async (times: number) => {
      const before = statements.length;
      const answers = await Promise.all(Array.from({ length: times }, () => stranger("GET /readyz")));
      assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
      return statements.length - before;
    };

    assert.equal(await asked(50), 1);
    now += 999;
    assert.equal(await asked(50), 0);
    now += 1;
    assert.equal(await asked(50), 1);
    now -= 60_000;
    assert.equal(await asked(50), 1);

    await app.close();
    await database.close();
  });
});
