import assert from "node:assert/strict";
import { availableParallelism } from "node:os";
import { sideBySide } from "../../../review/src/program/side-by-side";

describe("sideBySide", () => {
  it("runs no more tasks at once than the machine has processors, and returns their results in order", async () => {
    let running = 0;
    let most = 0;

    const results = await Promise.all(
      sideBySide([5, 4, 3, 2, 1, 0], async (turns) => {
        running += 1;
        most = Math.max(most, running);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        running -= 1;
        return turns;
      }),
    );

    assert.deepEqual(results, [5, 4, 3, 2, 1, 0]);
    assert.equal(most, Math.min(4, availableParallelism()));
  });

  it("fails with the first failure, and starts nothing after it", async () => {
    const started: number[] = [];
    const items = Array.from({ length: 20 }, (_, index) => index);

    const results = sideBySide(items, async (item) => {
      started.push(item);
      throw new Error(`task ${item}`);
    });

    await assert.rejects(Promise.all(results), /task 0/);
    assert.equal(started.length, Math.min(4, availableParallelism()));
  });

  it("starts nothing after a failure, also where the other tasks succeed", async () => {
    const started: number[] = [];

    const results = sideBySide([0, 1, 2, 3, 4, 5, 6, 7, 8, 9], async (item) => {
      started.push(item);
      if (item === 0) throw new Error("task 0");
      await new Promise(setImmediate);
    });

    await Promise.allSettled(results);
    await assert.rejects(Promise.all(results), /task 0/);
    assert.equal(started.length, Math.min(4, availableParallelism()));
  });
});
