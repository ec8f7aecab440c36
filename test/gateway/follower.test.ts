import assert from "node:assert/strict";
import type { Feed } from "../../gateway/src/access/feed";
import { Follower } from "../../gateway/src/access/follower";
import { Keeper, type KeeperOptions } from "../../gateway/src/access/keeper";
import { LiveAccess } from "../../gateway/src/access/live-access";
import { SigningKeys } from "../../gateway/src/access/signing-keys";
import { movedClock } from "../support/gateway/moved-clock";
import { ScriptedFeed } from "../support/gateway/scripted-feed";

const HOUR_MS = 3_600_000;
/** A point that is not on the curve. */
const NO_POINT = { crv: "P-256", kid: "k0", x: "AA", y: "AA", alg: "ES256", use: "sig" };

describe("a gateway that follows its backend", () => {
  const log = { failed: () => undefined, recovered: () => undefined };

  function start(
    heardBy: (scripted: ScriptedFeed) => Partial<Feed> = () => ({}),
    journal: KeeperOptions["journal"] | null = null,
  ) {
    const scripted = new ScriptedFeed();
    scripted.set({ id: "early", permissions: ["list:profile"] });
    const clock = movedClock();
    const [live, keys] = [new LiveAccess(clock), new SigningKeys()];
    const feed: Feed = {
      page: () => scripted.page(),
      changes: (query, signal) => scripted.changes(query, signal),
      report: (report) => scripted.report(report),
      generation: () => 0,
      ...heardBy(scripted),
    };
    const keeper = journal && new Keeper({ journal, live, keys, ...log });
    return { scripted, clock, live, keys, keeper, follower: new Follower({ feed, live, keys, keeper, log }) };
  }

  it("confirms what it knows only when no change is left to hear of", async () => {
    const { scripted, clock, live, follower } = start();
    await follower.step();
    scripted.changesMax = 1;
    scripted.set({ id: "early", permissions: [] });
    scripted.set({ id: "late", permissions: [] });
    clock.moveBy(HOUR_MS);

    await follower.step();
    const behind = [live.age() >= HOUR_MS, live.client("late")];
    await follower.step();

    assert.deepEqual(behind, [true, undefined]);
    assert.deepEqual([live.age() < HOUR_MS, live.client("late")?.permissions.size], [true, 0]);
  });

  it("shows nobody a snapshot before it has all changes since its first page", async () => {
    const { scripted, live, follower } = start((feed) => ({
      page: async () => {
        const page = await feed.page();
        feed.set({ id: "other", permissions: [] });
        feed.set({ id: "early", permissions: [] });
        return page;
      },
    }));
    scripted.changesMax = 1;

    await follower.step();

    assert.equal(live.client("early")?.permissions.size, 0);
  });

  it("reads everything again when its token is another actor's, whose changes are those of other projects", async () => {
    let generation = 0;
    let pages = 0;
    const { scripted, live, follower } = start((feed) => ({
      page: () => {
        pages += 1;
        return feed.page();
      },
      // The changes of another project do not come.
      changes: async (query, signal) => ({ ...(await feed.changes({ ...query, wait: 0 }, signal)), changes: [] }),
      generation: () => generation,
    }));
    await follower.step();
    scripted.set({ id: "early", permissions: [] });
    await follower.step();
    const missed = live.client("early")?.permissions.size;

    generation = 1;
    await follower.step();
    await follower.step();

    assert.deepEqual([missed, live.client("early")?.permissions.size, pages], [1, 0, 2]);
  });

  it("takes no snapshot that was begun with another token", async () => {
    let generation = 0;
    const { live, follower } = start((feed) => ({
      page: () => {
        generation += 1;
        return feed.page();
      },
      generation: () => generation,
    }));

    await assert.rejects(follower.step(), /the token was replaced/);

    assert.equal(live.snapshot, null);
  });

  it("is as old as its question, when the machine slept or the answer was slow", async () => {
    let sleep = () => {};
    const { scripted, clock, live, follower } = start((feed) => ({
      changes: async (query, signal) => {
        const answer = await feed.changes(query, signal);
        sleep();
        return answer;
      },
    }));
    await follower.step();
    sleep = () => clock.setBy(HOUR_MS);
    scripted.set({ id: "early", permissions: [] });

    await follower.step();

    assert.ok(live.age() >= HOUR_MS, `${live.age()} ms`);
    assert.equal(live.client("early")?.permissions.size, 0);
  });

  it("hears of changes while its disk takes nothing", async () => {
    const never = new Promise<void>(() => undefined);
    const { scripted, live, follower } = start(undefined, { isLong: false, add: () => never, rewrite: () => never });
    await follower.step();
    scripted.set({ id: "early", permissions: [] });

    await follower.step();

    assert.equal(live.client("early")?.permissions.size, 0);
  });

  it("writes everything again after a line that failed, because none may be missing", async () => {
    const written: string[] = [];
    let isFull = false;
    const journal: KeeperOptions["journal"] = {
      isLong: false,
      add: async (additions) => {
        if (isFull) throw new Error("the disk is full");
        written.push(`add ${additions.map(({ after, sequence }) => `${sequence} after ${after}`)}`);
      },
      rewrite: async ({ sequence }) => void written.push(`all ${sequence}`),
    };
    const { scripted, keeper, follower } = start(undefined, journal);
    const step = async () => {
      scripted.set({ id: "early", permissions: [] });
      await follower.step();
      await keeper?.settled();
    };
    await step();
    await step();
    isFull = true;
    await step();
    isFull = false;
    await step();
    await step();

    assert.deepEqual(written, ["all 2", "add 3 after 2", "all 5", "add 6 after 5"]);
  });

  it("takes the keys that are usable, beside one that is not", async () => {
    const { scripted, live, keys, follower } = start();
    await follower.step();
    scripted.otherKey = NO_POINT;
    scripted.set({ id: "early", permissions: [] });

    await follower.step();

    assert.deepEqual([keys.find("k0"), keys.find("k1")?.type], [undefined, "public"]);
    assert.equal(live.client("early")?.permissions.size, 0);
  });
});
