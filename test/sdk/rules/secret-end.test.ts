import assert from "node:assert/strict";
import { secretEnd } from "xtremepush-access/rules";

const NOW = new Date("2026-06-11T00:00:00.000Z");
const CURRENT = { supersededTime: null, expiresTime: null };
const EARLIER = {
  supersededTime: new Date("2026-06-01T00:00:00.000Z"),
  expiresTime: new Date("2026-08-30T00:00:00.000Z"),
};

describe("the end of a secret", () => {
  it("is a day after it was replaced, unless another overlap is asked for", () => {
    assert.deepEqual(secretEnd(CURRENT, { time: NOW, overlap: undefined }), new Date("2026-06-12T00:00:00.000Z"));
    assert.deepEqual(secretEnd(CURRENT, { time: NOW, overlap: "7d" }), new Date("2026-06-18T00:00:00.000Z"));
  });

  it("stays where it is without an overlap, whether it is late or soon", () => {
    const soon = { ...EARLIER, expiresTime: new Date("2026-06-11T00:00:01.000Z") };

    assert.deepEqual(secretEnd(EARLIER, { time: NOW, overlap: undefined }), EARLIER.expiresTime);
    assert.deepEqual(secretEnd(soon, { time: NOW, overlap: undefined }), soon.expiresTime);
  });

  it("moves with an overlap, which counts from when it was replaced", () => {
    assert.deepEqual(secretEnd(EARLIER, { time: NOW, overlap: "20d" }), new Date("2026-06-21T00:00:00.000Z"));
    assert.deepEqual(secretEnd(EARLIER, { time: NOW, overlap: "0s" }), EARLIER.supersededTime);
  });
});
