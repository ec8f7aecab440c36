import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type Kysely, sql } from "kysely";
import { Client } from "pg";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import type { Schema } from "../../../backend/src/database/schema";
import {
  type AccessHead,
  findAccessHead,
  readAccessChanges,
  removeAccessChanges,
} from "../../../backend/src/store/access-changes";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { purgeAt } from "../../support/backend/purge";

const ALL = { projects: null, limit: 500 };

/** Writes a client and its grant as a replica of any version does. */
const INSERT = `insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
  values ($1, 'web', $1, 0, 1, 'ana', now(), 'ana', now())`;

/** What a gateway does: it reads on from what it has read before, and remembers whom it heard of. */
async function follow(db: Kysely<Schema>, from: AccessHead, heard: Map<string, number>): Promise<AccessHead> {
  const head = await findAccessHead(db);
  const rows = await readAccessChanges(db, from, { ...ALL, limit: 100_000 });
  assert.ok(rows !== null);
  for (const { client, number } of rows) {
    assert.ok(number > from.number);
    heard.set(client, (heard.get(client) ?? 0) + 1);
  }
  const last = rows.at(-1);
  return last !== undefined && last.number > head.number ? { ...last, epoch: head.epoch } : head;
}

/** Writes clients in transactions of which some roll back, and returns those of the others. */
async function written(
  connection: Client,
  { name, random }: { readonly name: string; readonly random: (below: number) => number },
): Promise<readonly string[]> {
  const kept: string[] = [];
  for (let number = 0; number < 40; number += 1) {
    const ids = Array.from({ length: 1 + random(3) }, (_, place) => `${name}-${number}-${place}`);
    await connection.query("begin");
    for (const id of ids) {
      await connection.query(INSERT, [id]);
      if (random(3) === 0) await wait(random(4));
    }
    const isKept = random(5) > 0;
    await connection.query(isKept ? "commit" : "rollback");
    if (isKept) kept.push(...ids);
  }
  return kept;
}

describe("changes of access over several connections", function () {
  this.timeout(60_000);
  let url: string;
  let replicas: Database[];
  let writers: Client[];

  const replica = (index: number): Kysely<Schema> => {
    const { db } = replicas[index] ?? {};
    assert.ok(db !== undefined);
    return db;
  };
  const writer = (index: number): Client => {
    const found = writers[index];
    assert.ok(found !== undefined);
    return found;
  };

  before(async () => {
    ({ url } = await makePostgresDatabase());
    replicas = [await openDatabase({ url }), await openDatabase({ url })];
    writers = await Promise.all(
      Array.from({ length: 6 }, async () => {
        const connection = new Client({ connectionString: url });
        await connection.connect();
        return connection;
      }),
    );
    await writer(0).query("insert into projects values ('web', 'Web', 'ana', now())");
  });
  after(async () => {
    await Promise.all(writers.map((connection) => connection.end()));
    await Promise.all(replicas.map((database) => database.close()));
  });

  it("get their numbers at the commit, so that a reader passes none that commits later", async () => {
    const start = await findAccessHead(replica(0));
    await writer(0).query("begin");
    await writer(0).query(INSERT, ["early"]);
    await writer(1).query(INSERT, ["late"]);

    const passed = await findAccessHead(replica(0));
    const first = await readAccessChanges(replica(0), start, ALL);
    await writer(0).query("commit");
    await findAccessHead(replica(1));
    const second = await readAccessChanges(replica(0), passed, ALL);

    assert.deepEqual([first?.map(({ client }) => client), second?.map(({ client }) => client)], [["late"], ["early"]]);
  });

  it("reach each of two readers exactly once, in whatever order transactions begin, write and end", async () => {
    const seed = Number(process.env["TEST_SEED"] ?? 7);
    const random = randomOf(seed);
    const start = await findAccessHead(replica(0));
    const heard = [new Map<string, number>(), new Map<string, number>()];
    let isWriting = true;
    const readers = heard.map(async (map, index) => {
      let known: AccessHead = start;
      while (isWriting) known = await follow(replica(index), known, map);
      return follow(replica(index), known, map);
    });

    const all = await Promise.all(
      writers.map((connection, index) => written(connection, { name: `w${index}`, random })),
    );
    isWriting = false;
    await Promise.all(readers);

    for (const map of heard) {
      assert.deepEqual([...map.keys()].toSorted(), all.flat().toSorted(), `seed ${seed}`);
      assert.deepEqual(new Set(map.values()), new Set([1]));
    }
  });

  it("do not make a writer wait for one that has not committed, nor for a reader", async () => {
    await writer(0).query("begin");
    await writer(0).query(INSERT, ["open"]);
    await writer(2).query("begin");
    await writer(2).query("select pg_advisory_xact_lock(hashtextextended('access changes', 0))");

    await writer(1).query("set statement_timeout = 10000");
    await writer(1).query(INSERT, ["beside"]);

    await writer(2).query("rollback");
    await writer(0).query("rollback");
  });
});

for (const engine of ENGINES) {
  describe(`the purge of changes of access on ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;

    const purgeNow = () => purgeAt(database.db, new Date());
    const count = async () => {
      const { rows } = await sql<{ count: number }>`select count(*)::int as count from access_changes`.execute(
        database.db,
      );
      return rows[0]?.count;
    };
    const insert = (clients: number) =>
      sql`insert into access_changes (project, client)
      select 'web', 'xpc_' || n from generate_series(1, ${clients}::int) as n`.execute(database.db);
    const age = (hours: number) =>
      sql`update access_changes set time = now() - ${hours} * interval '1 hour'`.execute(database.db);

    beforeEach(async () => {
      database = await openTestDatabase(engine);
    });
    afterEach(() => database.close());

    it("removes those of more than a day ago, and keeps the latest", async () => {
      await insert(7_000);
      const early = await findAccessHead(database.db);
      await age(25);
      await insert(3);
      const known = await findAccessHead(database.db);

      const removed = await purgeNow();
      const rows = await readAccessChanges(database.db, { ...known, number: known.number - 2 }, ALL);

      assert.deepEqual([removed, await count()], [{ accessChanges: 7_000 }, 4]);
      assert.equal(early.number <= known.number - 3, true);
      assert.equal(rows, null, "another tag");
      assert.equal(await readAccessChanges(database.db, early, ALL), null);
      assert.deepEqual(await readAccessChanges(database.db, known, ALL), []);
    });

    it("keeps a reader that was up to date, however long nothing changed", async () => {
      await insert(3);
      await findAccessHead(database.db);
      const known = await findAccessHead(database.db);
      await age(1_000);
      await purgeNow();
      await insert(1);
      await purgeNow();

      await findAccessHead(database.db);
      const rows = await readAccessChanges(database.db, known, ALL);

      assert.deepEqual(
        rows?.map(({ client }) => client),
        ["xpc_1"],
      );
    });

    it("numbers all that nobody has read, and removes the oldest of them", async () => {
      await insert(112_000);

      const removed = await purgeNow();

      const { number } = await findAccessHead(database.db);
      assert.deepEqual([number, removed, await count()], [112_000, { accessChanges: 12_000 }, 100_001]);
    });

    it("says that some are left without a number, until all have one", async () => {
      await insert(5_001);

      const heads = [await findAccessHead(database.db), await findAccessHead(database.db)];

      assert.deepEqual(
        heads.map(({ number, isBehind }) => [number, isBehind]),
        [
          [5_000, true],
          [5_001, false],
        ],
      );
    });

    it("keeps some thousands of a day", async () => {
      await insert(150);
      const { number } = await findAccessHead(database.db);

      const batch = await removeAccessChanges(database.db, 100);

      assert.deepEqual([number, batch, await count()], [150, { removed: { accessChanges: 50 }, more: false }, 101]);
    });
  });
}

/** A small generator with a seed: mulberry32. */
function randomOf(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}
