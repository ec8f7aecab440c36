import assert from "node:assert/strict";
import { setImmediate as nextTurn } from "node:timers/promises";
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

  it("run a few at a time, in the order in which they were asked for", async () => {
    const listings = new Listings({ db, atOnce: 2 });
    const started: number[] = [];
    const ends: (() => void)[] = [];
    const reads = [0, 1, 2, 3].map((number) =>
      listings.read(() => {
        started.push(number);
        return new Promise<number>((resolve) => {
          ends[number] = () => resolve(number);
        });
      }),
    );

    await nextTurn();
    assert.deepEqual(started, [0, 1]);
    ends[1]?.();
    await nextTurn();
    assert.deepEqual(started, [0, 1, 2]);
    ends[0]?.();
    await nextTurn();
    ends[2]?.();
    ends[3]?.();

    assert.deepEqual(await Promise.all(reads), [0, 1, 2, 3]);
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
