import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { sql } from "kysely";
import { Listener, type Listening } from "../../../backend/src/database/notifications";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { until } from "../../support/process/until";

describe("the notifications of replicas", function () {
  this.timeout(60_000);
  let one: Database;
  let other: Database;
  let listening: Listening;
  let heard: number;

  /** What listens: the connection whose last statement it was. */
  const LISTENER = sql`datname = current_database() and query = 'listen xtremepush_access'`;
  const listeners = async () =>
    (await sql`select pid from pg_stat_activity where ${LISTENER} and state = 'idle'`.execute(other.db)).rows.length;

  beforeEach(async () => {
    const { url } = await makePostgresDatabase();
    [one, other] = [await openDatabase({ url }), await openDatabase({ url })];
    heard = 0;
    listening = one.notifications.listen(() => {
      heard += 1;
    });
    // It may have missed some before it listened.
    await until(() => heard === 1);
  });
  afterEach(async () => {
    await listening.close();
    await Promise.all([one.close(), other.close()]);
  });

  it("reach a replica that listens", async () => {
    await other.notifications.notify();

    await until(() => heard === 2);
  });

  it("do not count as statements, because no request waits for them", async () => {
    const before = other.statements();

    await other.notifications.notify();

    assert.equal(other.statements(), before);
  });

  it("reach it again after its connection was cut, and it looks for what it has missed", async () => {
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where ${LISTENER}`.execute(other.db);

    await until(() => heard === 2, 20_000);
    await other.notifications.notify();

    await until(() => heard === 3);
  });

  it("need no connection after the end", async () => {
    await listening.close();

    await until(async () => (await listeners()) === 0);
    assert.equal(heard, 1);
  });

  it("end although the server answers no more", async () => {
    const { url } = await makePostgresDatabase();
    const silent = await silenceable(url);
    let began = 0;
    const cut = new Listener(silent.url, () => {
      began += 1;
    });
    await until(() => began === 1);
    silent.silence();

    const end = await Promise.race([cut.close().then(() => "closed"), wait(20_000, "open", { ref: false })]);

    assert.equal(end, "closed");
    await silent.close();
  });
});

/** Stands in front of a server, and can stop to pass on what either side says. */
async function silenceable(url: string) {
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (near) => {
    const far = connect(Number(new URL(url).port), new URL(url).hostname);
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.push(from);
      from.on("data", (data) => to.write(data)).on("error", () => {});
    }
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  assert.ok(typeof address === "object" && address !== null);
  const front = new URL(url);
  front.host = `127.0.0.1:${address.port}`;
  return {
    url: front.href,
    silence: () => {
      for (const socket of sockets) socket.removeAllListeners("data").pause();
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
