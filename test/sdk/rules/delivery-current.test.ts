import assert from "node:assert/strict";
import { isDeliveryCurrent } from "xtremepush-access/rules";

const CLIENT = { secretVersion: 2, secrets: [{ version: 2, createdTime: "2026-11-29T10:00:00.000Z" }] };

describe("a delivery", () => {
  const cases = {
    "is current with the current version": [true, { secretVersion: 2, deliveredTime: "2026-11-29T10:00:00.000Z" }],
    "is stale with an earlier version": [false, { secretVersion: 1, deliveredTime: "2026-11-29T11:00:00.000Z" }],
    "is stale when the secret was made after it": [
      false,
      { secretVersion: 2, deliveredTime: "2026-11-29T09:59:59.000Z" },
    ],
    "is current without a secret": [true, { secretVersion: null, deliveredTime: "2020-01-01T00:00:00.000Z" }],
  } as const;
  for (const [title, [expected, delivery]] of Object.entries(cases)) {
    it(title, () => assert.equal(isDeliveryCurrent(CLIENT, delivery), expected));
  }

  it("of the current version is current when no secret works, because none is newer", () => {
    const delivery = { secretVersion: 2, deliveredTime: "2026-11-29T10:00:00.000Z" };
    assert.equal(isDeliveryCurrent({ ...CLIENT, secrets: [] }, delivery), true);
  });
});
