import assert from "node:assert/strict";
import { planKeys } from "../../../backend/src/oauth/key-schedule";

const january = new Date("2026-01-01T00:00:00Z");
const april = new Date("2026-04-01T01:00:00Z");

describe("planKeys", () => {
  it("asks for a key that signs at once when there is none", () => {
    assert.deepEqual(planKeys([], january), { signing: null, expired: [], nextActiveTime: january });
  });

  it("lets a key sign for 90 days without asking for another", () => {
    const plan = planKeys([{ kid: "old", activeTime: january }], new Date("2026-03-31T23:59:59Z"));

    assert.deepEqual(plan, { signing: "old", expired: [], nextActiveTime: null });
  });

  it("asks after 90 days for a key that signs an hour later", () => {
    const plan = planKeys([{ kid: "old", activeTime: january }], new Date("2026-04-01T00:00:00Z"));

    assert.deepEqual(plan, { signing: "old", expired: [], nextActiveTime: april });
  });

  it("keeps signing with the old key while the new one is only announced", () => {
    const keys = [
      { kid: "old", activeTime: january },
      { kid: "new", activeTime: april },
    ];

    assert.deepEqual(planKeys(keys, new Date("2026-04-01T00:59:59Z")), {
      signing: "old",
      expired: [],
      nextActiveTime: null,
    });
  });

  it("signs with the new key from its time on and keeps the old one for its last tokens", () => {
    const keys = [
      { kid: "new", activeTime: april },
      { kid: "old", activeTime: january },
    ];

    assert.deepEqual(planKeys(keys, april), { signing: "new", expired: [], nextActiveTime: null });
    assert.deepEqual(planKeys(keys, new Date("2026-04-01T02:09:59Z")).expired, []);
  });

  it("removes the old key an hour after its last token has ended, for clocks that differ", () => {
    const keys = [
      { kid: "old", activeTime: january },
      { kid: "new", activeTime: april },
    ];

    assert.deepEqual(planKeys(keys, new Date("2026-04-01T02:10:00Z")).expired, ["old"]);
  });

  it("signs with the earliest key when a clock has fallen behind all of them", () => {
    const keys = [
      { kid: "new", activeTime: april },
      { kid: "old", activeTime: january },
    ];

    assert.equal(planKeys(keys, new Date("2025-12-31T00:00:00Z")).signing, "old");
  });
});
