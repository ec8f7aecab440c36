import assert from "node:assert/strict";
import { SharedReads } from "../../../backend/src/database/shared-reads";

describe("SharedReads", () => {
  it("reads what is asked at the same time by one statement, and gives each its own answer", async () => {
    const batches: (readonly number[])[] = [];
    const reads = new SharedReads(async (queries: readonly number[]) => {
      batches.push(queries);
      return queries.map((query) => query * 2);
    });

    const answers = await Promise.all([1, 2, 3].map((query) => reads.find(query)));

    assert.deepEqual(answers, [2, 4, 6]);
    assert.deepEqual(batches, [[1, 2, 3]]);
  });

  it("answers nothing from a statement that began before the question", async () => {
    let value = "old";
    const begun = Promise.withResolvers<void>();
    const asked = Promise.withResolvers<void>();
    const reads = new SharedReads(async (queries: readonly string[]) => {
      const read = value;
      begun.resolve();
      await asked.promise;
      return queries.map(() => read);
    });
    const first = reads.find("a");
    await begun.promise;
    value = "new";
    const second = reads.find("a");
    asked.resolve();

    assert.deepEqual(await Promise.all([first, second]), ["old", "new"]);
  });

  it("gives at most a hundred queries to a statement", async () => {
    const sizes: number[] = [];
    const reads = new SharedReads(async (queries: readonly number[]) => {
      sizes.push(queries.length);
      return queries;
    });

    await Promise.all(Array.from({ length: 250 }, (_, query) => reads.find(query)));

    assert.deepEqual(sizes, [100, 100, 50]);
  });

  it("fails only those who share the statement that fails", async () => {
    let isFailing = true;
    const reads = new SharedReads(async (queries: readonly number[]) => {
      if (isFailing) throw new Error("cut");
      return queries;
    });

    const failed = await Promise.allSettled([reads.find(1), reads.find(2)]);
    isFailing = false;

    assert.deepEqual(
      failed.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(await reads.find(3), 3);
  });

  it("does not wait for statements that hang", async () => {
    let isHanging = true;
    let begin = (): void => {};
    const reads = new SharedReads((queries: readonly number[]) => {
      begin();
      return isHanging ? new Promise<never>(() => {}) : Promise.resolve(queries);
    });
    for (let query = 0; query < 4; query += 1) {
      const begun = new Promise<void>((resolve) => {
        begin = resolve;
      });
      void reads.find(query);
      await begun;
    }
    isHanging = false;

    assert.equal(await reads.find(9), 9);
  });
});
