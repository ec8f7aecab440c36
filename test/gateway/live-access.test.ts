import assert from "node:assert/strict";
import { LiveAccess } from "../../gateway/src/access/live-access";

describe("what the gateway knows of access", () => {
  it("keeps a revoked token while the clock is ahead for an hour", () => {
    const start = Date.parse("2026-01-01T00:00:00Z");
    let now = start;
    const live = new LiveAccess({ now: () => now, monotonic: () => 0 });
    const revoked = new Map([["t", start + 600_000]]);
    live.replace(
      { ...{ backend: { id: "b", epoch: 1 }, issuer: "i", sequence: "1" }, clients: new Map(), revoked },
      live.now(),
    );

    now = start + 3_600_000;
    live.apply({ sequence: "1", changes: [], more: false }, live.now());
    now = start;

    assert.ok(live.isRevoked("t"));
  });
});
