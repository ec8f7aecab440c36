import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Listening } from "../../../backend/src/database/notifications";
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
});
