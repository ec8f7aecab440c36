import assert from "node:assert/strict";
import { quantile, summary } from "../../bench/statistics";

describe("statistics", () => {
  it("takes the middle of an odd number of values, in any order", () => {
    assert.deepEqual(summary([30, 10, 20]), { median: 20, min: 10, max: 30 });
  });

  it("takes the mean of the two in the middle of an even number of values", () => {
    assert.equal(summary([40, 10, 20, 30]).median, 25);
  });

  it("divides between two values in proportion", () => {
    assert.equal(quantile([0, 10], 0.99), 9.9);
  });

  it("refuses to summarize nothing", () => {
    assert.throws(() => summary([]), new RangeError("a quantile needs a value"));
  });
});
