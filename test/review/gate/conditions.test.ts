import assert from "node:assert/strict";
import { CONDITIONS, type Condition, Conditions } from "../../../review/src/gate/conditions";

describe("the conditions of a rule", () => {
  it("takes one value or a list of each", () => {
    assert.deepEqual(Conditions.parse({ risk: "high", stack: ["prod", "staging-*"] }), {
      risk: ["high"],
      stack: ["prod", "staging-*"],
    });
  });

  it("takes names of stacks in not-before, without a pattern or an organization", () => {
    assert.deepEqual(Conditions.parse({ "not-before": "staging" }), { "not-before": ["staging"] });
    for (const name of ["stag*", "acme/staging", ""]) {
      assert.equal(Conditions.safeParse({ "not-before": name }).success, false, name);
    }
  });

  it("refuses a condition that is not in the table", () => {
    assert.equal(Conditions.safeParse({ reason: "bulk" }).success, false);
  });

  it("refuses a value that a condition does not take", () => {
    assert.equal(Conditions.safeParse({ risk: "grave" }).success, false);
    assert.equal(Conditions.safeParse({ permission: "list:profil" }).success, false);
  });

  it("does not compile with a row that does not say how it is decided", () => {
    const { of, value, takes, meaning } = CONDITIONS.risk;

    // @ts-expect-error: isMet is missing
    const row: Condition = { of, value, takes, meaning };

    assert.equal("isMet" in row, false);
  });

  it("says of each condition what it takes and when it is met", () => {
    for (const { takes, meaning } of Object.values(CONDITIONS)) assert.ok(takes.length > 0 && meaning.length > 0);
  });
});
