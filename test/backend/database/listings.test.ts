import assert from "node:assert/strict";
import { setImmediate as nextTurn, setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { Listings } from "../../../backend/src/database/listings";
import { openDatabase } from "../../../backend/src/database/open";
import type { Schema } from "../../../backend/src/database/schema";
import { problemOf } from "../../../backend/src/http/error-handler";
import { assertProblem, callerOf } from "../../support/backend/api";
import { startTestBackend } from "../../support/backend/backend";
import { makeGrantedClient } from "../../support/backend/oauth";
import { makePostgresDatabase, POSTGRES } from "../../support/backend/postgres";

describe("listings", () => {
  // The work of these tests does not use the database.
  const db = {} as Kysely<Schema>;
  const spare = {} as Kysely<Schema>;

  /** Reads that end when they are told to. */
  const startReads = (listings: Listings, count: number) => {
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const reads = Array.from({ length: count }, (_, number) =>
      listings.read(() => {
        started.push(number);
        return new Promise<number>((resolve) => {
          ends[number] = () => resolve(number);
        });
      }),
    );
    return { started, end: (number: number) => ends[number]?.(), all: Promise.all(reads) };
  };
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) await wait(1);
  };

  it("run one after the other while they are quick, in the order in which they were asked for", async () => {
    const { started, end, all } = startReads(new Listings({ db, atOnce: 2, slowMs: 60_000 }), 3);

    for (const number of [0, 1, 2]) {
      await until(() => started.length > number);
      await nextTurn();
      assert.equal(started.length, number + 1);
      end(number);
    }

    assert.deepEqual(await all, [0, 1, 2]);
    assert.deepEqual(started, [0, 1, 2]);
  });

  it("run a few at a time when they are slow", async () => {
    const { started, end, all } = startReads(new Listings({ db, atOnce: 2, slowMs: 5 }), 4);

    await until(() => started.length === 2);
    await wait(50);
    assert.deepEqual(started, [0, 1]);
    end(1);
    await until(() => started.length === 3);
    await wait(50);
    assert.deepEqual(started, [0, 1, 2]);
    end(0);
    end(2);
    await until(() => started.length === 4);
    end(3);

    assert.deepEqual(await all, [0, 1, 2, 3]);
  });

  it("leave the process time between two of them, and none when nobody waits", async () => {
    const listings = new Listings({ db, atOnce: 1 });
    const times: number[] = [];
    const work = async () => {
      const start = performance.now();
      await wait(20);
      times.push(start, performance.now());
    };

    await Promise.all([listings.read(work), listings.read(work)]);

    const [start = 0, end = 0, next = 0] = times;
    assert.ok(next - end >= end - start, `${next - end} ms after ${end - start} ms`);
    let hasStarted = false;
    const last = listings.read(async () => {
      hasStarted = true;
    });
    await nextTurn();
    assert.ok(hasStarted);
    await last;
  });

  it("give their turn on when they fail", async () => {
    const listings = new Listings({ db, atOnce: 1 });

    const failing = listings.read(() => Promise.reject(new Error("cut")));
    const next = listings.read(async () => "answered");

    await assert.rejects(failing, /^Error: cut$/);
    assert.equal(await next, "answered");
  });

  it("are refused after a long wait, with 503 and Retry-After, and then run again", async () => {
    const listings = new Listings({ db, atOnce: 1, waitMs: 20 });
    let end = () => {};
    const running = listings.read(() => new Promise<void>((resolve) => (end = resolve)));

    const refused = await listings.read(async () => {}).catch((error: unknown) => problemOf(error));

    assert.deepEqual([refused?.code, refused?.extras.headers], ["unavailable", { "retry-after": "5" }]);
    assert.equal(refused?.message, "too many listings run at the moment; try again in a few seconds");
    end();
    await running;
    assert.equal(await listings.read(async () => "answered"), "answered");
  });

  it("use another request's connection where the server has none left for them", async () => {
    const listings = new Listings({ db, atOnce: 1, spare });
    const full = Object.assign(new Error("too many connections"), { code: "53300" });

    const used = await listings.read(async (given) => {
      if (given === db) throw full;
      return given;
    });

    assert.equal(used, spare);
  });
});

describe("listings on PostgreSQL", function () {
  this.timeout(60_000);

  it("end after five seconds, and say what to do", async () => {
    const { url } = await makePostgresDatabase();
    const database = await openDatabase({ url });

    const failure = await database.listings
      .read((db) => sql`select pg_sleep(40)`.execute(db))
      .catch((error: unknown) => problemOf(error));

    assert.ok(failure instanceof Error);
    assert.equal(
      failure.message,
      "the listing took longer than 5 seconds: ask for less of it, with its filters or a shorter time, or try again later",
    );
    await database.close();
  });

  it("are counted among the statements", async () => {
    const { url } = await makePostgresDatabase();
    const database = await openDatabase({ url });
    const before = database.statements();

    await database.listings.read((db) => sql`select 1`.execute(db));

    assert.equal(database.statements(), before + 1);
    await database.close();
  });

  it("leave the connections of tokens alone, however many wait for the database", async () => {
    const backend = await startTestBackend({ engine: POSTGRES });
    const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
    const token = () => access.oauth.token({ clientId: id, clientSecret: secret });
    await token();
    const holder = await backend.database.db.startTransaction().execute();
    await sql`lock table audit in access exclusive mode`.execute(holder);
    const admin = callerOf(backend.endpoint, backend.adminToken);
    let answered = 0;
    const lists = Array.from({ length: 20 }, async () => {
      const answer = await admin("GET /v1/audit");
      answered += 1;
      return answer;
    });

    await Promise.all([token(), token(), token()]);

    assert.equal(answered, 0);
    for (const answer of await Promise.all(lists)) {
      assertProblem(answer, "unavailable");
      assert.equal(answer.headers.get("retry-after"), "5");
    }
    await holder.rollback().execute();
    await backend.close();
  });
});
