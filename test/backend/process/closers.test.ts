import assert from "node:assert/strict";
import { Closers } from "../../../backend/src/process/closers";

describe("Closers", () => {
  it("releases the last one first, all of them, and throws the first failure", async () => {
    const closers = new Closers();
    const released: string[] = [];
    closers.add(async () => void released.push("first"));
    closers.add(() => Promise.reject(new Error("second failed")));
    closers.add(async () => void released.push("third"));

    await assert.rejects(closers.close(), { message: "second failed" });

    assert.deepEqual(released, ["third", "first"]);
  });

  it("lets a second call wait for the first, and releases once", async () => {
    const closers = new Closers();
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    let times = 0;
    closers.add(async () => {
      times += 1;
      await answered;
    });
    const events: string[] = [];
    const first = closers.close();
    const second = closers.close().then(() => events.push("closed"));
    await new Promise(setImmediate);

    events.push("answered");
    answer();
    await Promise.all([first, second]);

    assert.deepEqual(events, ["answered", "closed"]);
    assert.equal(times, 1);
  });
});
