import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import type { Database } from "../../../backend/src/database/open";
import { drain } from "../../../backend/src/http/stopping";
import { type ListeningApp, listenOn, openTestDatabase } from "../../support/backend/backend";

describe("the drain of an app", function () {
  this.timeout(60_000);
  let app: ListeningApp["app"];
  let database: Database;
  let caller: Socket;

  beforeEach(async () => {
    database = await openTestDatabase("memory");
    const listening = await listenOn(database);
    app = listening.app;
    const { port } = new URL(listening.endpoint);
    caller = connect(Number(port), "127.0.0.1").setEncoding("utf8");
    await once(caller, "connect");
  });
  afterEach(async () => {
    caller.destroy();
    await app.close();
    await database.close();
  });

  it("answers a request that came while the process was busy, however long its connection was idle before", async () => {
    const drained = drain(app, 5_000);
    await wait(200);
    const answer = caller.toArray();
    // After it, timers run before anything is read.
    await nextTurn();

    caller.write("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
    block(400);

    const text = (await answer).join("");
    assert.ok(text.startsWith("HTTP/1.1 200 OK\r\n") && text.endsWith('{"status":"ok"}'), text);
    await drained;
  });

  it("does not wait long for a connection whose last answer was moments ago", async () => {
    const read = once(caller, "data");
    caller.write("GET /healthz HTTP/1.1\r\nHost: test\r\n\r\n");
    await read;
    const started = performance.now();

    await drain(app, 30_000);

    assert.ok(performance.now() - started < 15_000);
  });
});

/** Keeps the process from reading and writing, as the embedded database does while it works. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end) {}
}
