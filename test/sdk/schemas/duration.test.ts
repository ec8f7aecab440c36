import assert from "node:assert/strict";
import { Duration, durationMs, SECRET_OVERLAP_DEFAULT, SecretOverlap } from "xtremepush-access/schemas";

const RULE = 'a duration is a whole number and its unit, s, m, h or d, for example "24h"';

describe("a duration", () => {
  it("is a whole number of seconds, minutes, hours or days", () => {
    assert.equal(durationMs("90s"), 90_000);
    assert.equal(durationMs("30m"), 1_800_000);
    assert.equal(durationMs("24h"), 86_400_000);
    assert.equal(durationMs("7d"), 604_800_000);
    assert.equal(durationMs("0s"), 0);
  });

  it("refuses everything else in one sentence", () => {
    for (const text of [
      "",
      "24",
      "h",
      "1.5h",
      "-1h",
      "+1h",
      "24 h",
      " 24h",
      "24h ",
      "24H",
      "1w",
      "1h30m",
      "1e3s",
      "\u0661h",
    ]) {
      assert.deepEqual(
        Duration.safeParse(text).error?.issues.map(({ message }) => message),
        [RULE],
        JSON.stringify(text),
      );
    }
    assert.equal(Duration.safeParse(24).success, false);
  });
});

describe("the overlap of secrets", () => {
  it("is at most 90 days, in any unit", () => {
    for (const text of ["0s", "0d", "90d", "2160h", "129600m", "7776000s", SECRET_OVERLAP_DEFAULT]) {
      assert.equal(SecretOverlap.safeParse(text).success, true, text);
    }
    for (const text of ["91d", "2161h", "7776001s", "999999999d"]) {
      assert.deepEqual(
        SecretOverlap.safeParse(text).error?.issues.map(({ message }) => message),
        ["an overlap is at most 90d"],
        text,
      );
    }
  });

  it("says only that it is no duration when it is none", () => {
    assert.deepEqual(
      SecretOverlap.safeParse("1w").error?.issues.map(({ message }) => message),
      [RULE],
    );
  });
});
