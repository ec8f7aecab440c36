import assert from "node:assert/strict";
import { endTime } from "../../../backend/src/cli/duration";

const now = new Date("2026-01-01T00:00:00Z");

describe("endTime", () => {
  it("counts days, hours and minutes from now", () => {
    assert.equal(endTime("90d", now), "2026-04-01T00:00:00.000Z");
    assert.equal(endTime("12h", now), "2026-01-01T12:00:00.000Z");
    assert.equal(endTime("30m", now), "2026-01-01T00:30:00.000Z");
  });

  it("takes a date", () => {
    assert.equal(endTime("2027-01-31", now), "2027-01-31T00:00:00.000Z");
  });

  it("refuses a day that its month does not have", () => {
    for (const text of ["2027-02-31", "2027-04-31", "2027-02-29T00:00:00Z"]) {
      assert.throws(() => endTime(text, now), { message: /Give a time like 90d/ }, text);
    }
    assert.equal(endTime("2028-02-29", now), "2028-02-29T00:00:00.000Z");
  });

  it("refuses what is neither, and a time in the past", () => {
    assert.throws(() => endTime("soon", now), { message: /Give a time like 90d/ });
    assert.throws(() => endTime("2027-13-31", now), { message: /Give a time like 90d/ });
    assert.throws(() => endTime("2025-01-31", now), { message: "The end is in the past." });
    assert.throws(() => endTime("0d", now), { message: "The end is in the past." });
  });
});
