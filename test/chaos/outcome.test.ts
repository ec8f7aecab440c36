import assert from "node:assert/strict";
import { exitCodeOf, type Outcome, textOf, totalsOf } from "./outcome";
import { missingFrom } from "./written";

const CLEAN: Outcome = {
  fault: "20 cut connections",
  requests: 400,
  unavailable: 12,
  firstSuccessMs: 31.4,
  zeros: {
    "acknowledged writes missing": [],
    "audit rows missing": [],
    "processes ended unasked": [],
    "answers not the API's own": [],
    "sent requests reset": [],
    "requests that a migration kept waiting": [],
  },
};
const LOST: Outcome = { ...CLEAN, zeros: { ...CLEAN.zeros, "acknowledged writes missing": ["client.create a"] } };

describe("the comparison of a chaos run", () => {
  it("finds an acknowledged write that is not there, and one without its audit row", () => {
    const acknowledged = ["client.create a", "grant.update a", "client.create b"];
    const shown = {
      writes: new Set(["client.create a", "client.create b", "client.create other"]),
      auditRows: new Set(["client.create a", "grant.update a"]),
    };

    const missing = missingFrom(acknowledged, shown);

    assert.deepEqual(missing, { writes: ["grant.update a"], auditRows: ["client.create b"] });
  });

  it("fails with what is missing, and names it", () => {
    assert.equal(exitCodeOf([CLEAN, LOST]), 1);
    assert.equal(totalsOf([CLEAN, LOST]), "1 passed, 1 failed");
    assert.match(
      textOf(LOST),
      /^FAILED 20 cut connections: .*\n.* 1 acknowledged writes missing.*\n.*client\.create a$/,
    );
  });

  it("passes when every zero is zero", () => {
    assert.equal(exitCodeOf([CLEAN]), 0);
    assert.match(textOf(CLEAN), /^ok {5}20 cut connections: 400 requests, 12 5xx, first success after 31 ms\n/);
  });

  it("fails when there was no traffic, or no fault", () => {
    assert.equal(exitCodeOf([{ ...CLEAN, requests: 0 }]), 1);
    assert.equal(exitCodeOf([]), 1);
  });
});
