import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { type AccessChanges, AccessClient } from "xtremepush-access";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { NO_NOTIFICATIONS } from "../../../backend/src/database/notifications";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { AccessFeed } from "../../../backend/src/http/access-feed";
import { bootstrap } from "../../../backend/src/process/bootstrap";
import { listenOn } from "../../support/backend/backend";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { until } from "../../support/process/until";

const HEAD = { epoch: 1, number: 1, tag: "aaaaaaaa", isBehind: false };
const NEVER = new AbortController().signal;

describe("a wait for a change of access", () => {
  it("shares one read with all that wait", async () => {
    let reads = 0;
    let head = HEAD;
    const feed = new AccessFeed({
      notifications: NO_NOTIFICATIONS,
      read: async () => {
        reads += 1;
        return head;
      },
    });
    const waiting = Array.from({ length: 100 }, () => feed.next(HEAD, { ms: 60_000, signal: NEVER }));
    await wait(20);
    const before = reads;

    head = { ...HEAD, number: 2 };
    feed.look();

    assert.deepEqual(new Set((await Promise.all(waiting)).map(({ number }) => number)), new Set([2]));
    assert.ok(before <= 3 && reads <= before + 2, `${before} and ${reads} reads`);
  });

  it("reads nothing while nobody waits, and ends when its caller has gone", async () => {
    let reads = 0;
    const feed = new AccessFeed({
      notifications: NO_NOTIFICATIONS,
      read: async () => {
        reads += 1;
        return HEAD;
      },
    });
    const gone = new AbortController();
    const waiting = feed.next(HEAD, { ms: 60_000, signal: gone.signal });
    await until(() => reads > 0);

    gone.abort();
    await waiting;
    const after = reads;
    await wait(600);

    assert.ok(reads <= after + 1);
  });

  it("fails with the database, and the next one asks again", async () => {
    let isDown = true;
    const feed = new AccessFeed({
      notifications: NO_NOTIFICATIONS,
      read: async () => {
        if (isDown) throw new Error("it is down");
        return { ...HEAD, number: 2 };
      },
    });

    await assert.rejects(feed.next(HEAD, { ms: 60_000, signal: NEVER }), /it is down/);
    isDown = false;

    assert.equal((await feed.next(HEAD, { ms: 60_000, signal: NEVER })).number, 2);
  });
});

describe("two replicas with gateways that wait", function () {
  this.timeout(60_000);
  const adminToken = makeSecret("xpat");
  let databases: Database[];
  let endings: (() => Promise<void>)[];

  beforeEach(async () => {
    const { url } = await makePostgresDatabase();
    databases = [await openDatabase({ url }), await openDatabase({ url })];
    endings = databases.map((database) => () => database.close());
  });
  afterEach(async () => {
    for (const end of endings.toReversed()) await end();
  });

  /** How long after the answer to a change on one replica a wait on the other one ends: the shortest of some. */
  const timeChange = async (more: Partial<Database>): Promise<number> => {
    const [one, other] = databases;
    assert.ok(one !== undefined && other !== undefined);
    await bootstrap(one.db, { adminToken, dataDir: null, now: new Date() });
    const replicas = [await listenOn({ ...one, ...more }), await listenOn({ ...other, ...more })];
    endings.push(...replicas.map(({ close }) => close));
    const [admin, gateway] = replicas.map(({ endpoint }) => new AccessClient({ endpoint, token: adminToken }));
    assert.ok(admin !== undefined && gateway !== undefined);
    await admin.projects.create({ slug: "retail" });
    let { sequence } = await gateway.feed.page();
    const times: number[] = [];
    for (let number = 0; number < 5; number += 1) {
      const waiting: Promise<AccessChanges> = gateway.feed.changes({ after: sequence, wait: 25 });
      await wait(300);
      await admin.clients.create("retail", { name: `client ${number}` });
      const started = performance.now();
      const changed: AccessChanges = await waiting;
      times.push(performance.now() - started);
      assert.equal(changed.changes.length, 1);
      ({ sequence } = changed);
    }
    return Math.min(...times);
  };

  it("hear of each other's changes within a second", async () => {
    assert.ok((await timeChange({})) < 1_000);
  });

  it("hear of them within a second also when every notification is lost", async () => {
    assert.ok((await timeChange({ notifications: NO_NOTIFICATIONS })) < 1_000);
  });
});
