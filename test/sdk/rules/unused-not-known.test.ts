import assert from "node:assert/strict";
import { unusedNotKnown } from "xtremepush-access/rules";

const NOW = new Date("2026-06-01T12:00:00.000Z");
const ago = (days: number, ms = 0) => new Date(NOW.getTime() - days * 86_400_000 - ms);
const asked = { days: 90, now: NOW };

describe("what was not used for some days", () => {
  it("is known when gateways have counted for all of them, and did until a day ago", () => {
    for (const until of [ago(0), ago(1), ago(0, -60_000)])
      assert.equal(unusedNotKnown({ since: ago(90), until }, asked), null);
    assert.equal(unusedNotKnown({ since: ago(91).toISOString(), until: ago(0).toISOString() }, asked), null);
  });

  it("is not known from a day of counting, and says from when on it is", () => {
    const young = unusedNotKnown({ since: ago(1), until: ago(0) }, asked);
    const almost = unusedNotKnown({ since: ago(90, -1), until: ago(0) }, asked);

    assert.deepEqual(young, { why: "young", knownFrom: new Date("2026-08-29T12:00:00.000Z") });
    assert.deepEqual(almost, { why: "young", knownFrom: new Date(NOW.getTime() + 1) });
  });

  it("is not known when no gateway counts any more, or none ever did", () => {
    const ended = unusedNotKnown({ since: ago(400), until: ago(1, 1) }, asked);

    assert.deepEqual(ended, { why: "ended", knownFrom: null });
    assert.deepEqual(unusedNotKnown(null, asked), { why: "unreported", knownFrom: null });
  });
});
