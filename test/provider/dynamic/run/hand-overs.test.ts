import assert from "node:assert/strict";
import { HandOvers, type Wait } from "../../../../provider/src/dynamic/run/hand-overs";

const LONG = { absent: 60_000, stuck: 60_000, total: 60_000 };

describe("the hand-over of names in one run", () => {
  const wait = (taker: string | null, holder: string, more: Partial<Wait> = {}): Wait => ({
    ...{ taker, holder, name: `name of ${holder}`, since: 0, isAside: false },
    ...more,
  });

  it("ends a wait when the holder's change has ended, and not when another one has", async () => {
    const handOvers = new HandOvers(LONG);
    const ends: string[] = [];
    const waiting = handOvers.wait(wait("a", "b")).then((end) => ends.push(end));

    await handOvers.during("c", async () => {});
    assert.deepEqual(ends, []);
    await handOvers.during("b", async () => {});
    await waiting;

    assert.deepEqual(ends, ["free"]);
  });

  it("sees a change that ended between the attempt and the wait, but not an earlier one", async () => {
    const handOvers = new HandOvers({ ...LONG, absent: 1 });
    handOvers.release("b");
    const since = handOvers.turn;

    assert.equal(await handOvers.wait(wait("a", "b", { since })), "absent");
    assert.equal(await handOvers.wait(wait("a", "b", { since: since - 1 })), "free");
  });

  it("ends a wait when the holder's change fails, or failed before", async () => {
    const handOvers = new HandOvers(LONG);
    const waiting = handOvers.wait(wait("a", "b"));

    await assert.rejects(
      handOvers.during("b", async () => {
        throw new Error("no");
      }),
    );

    assert.equal(await waiting, "failed");
    assert.equal(await handOvers.wait(wait("c", "b", { since: handOvers.turn })), "failed");
  });

  it("finds a circle of any length, whichever client closes it", async () => {
    const handOvers = new HandOvers(LONG);
    const waits = [handOvers.wait(wait("a", "b")), handOvers.wait(wait("b", "c"))];

    assert.equal(await handOvers.wait(wait("c", "a")), "circle");

    for (const client of ["c", "b"]) handOvers.release(client);
    assert.deepEqual(await Promise.all(waits), ["free", "free"]);
  });

  it("finds no circle for a new client, or one that has left its name, and ends also beside a circle", async () => {
    const handOvers = new HandOvers(LONG);
    const waits = [handOvers.wait(wait("a", "b")), handOvers.wait(wait("b", "a", { isAside: true }))];
    const others = [handOvers.wait(wait(null, "a")), handOvers.wait(wait("d", "a"))];

    handOvers.release("a");
    handOvers.release("b");

    assert.deepEqual(await Promise.all([...waits, ...others]), ["free", "free", "free", "free"]);
  });

  it("waits longer for a resource that has another name in the program", async () => {
    const handOvers = new HandOvers({ ...LONG, absent: 1 });
    handOvers.plan("b", "another name");
    const ends: string[] = [];
    const waiting = handOvers.wait(wait("a", "b")).then((end) => ends.push(end));

    assert.equal(await handOvers.wait(wait("a", "c")), "absent");
    assert.deepEqual(ends, []);
    handOvers.release("b");
    await waiting;

    assert.deepEqual(ends, ["free"]);
  });

  it("gives up when the run makes no progress, or after a time in all", async () => {
    const impatient = new HandOvers({ ...LONG, stuck: 1 });
    impatient.plan("b", "another name");
    assert.equal(await impatient.wait(wait("a", "b")), "stuck");

    const bounded = new HandOvers({ ...LONG, total: 1 });
    assert.equal(await bounded.wait(wait("a", "b")), "absent");
  });
});
