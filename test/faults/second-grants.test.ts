import assert from "node:assert/strict";
import { isKept } from "./second-grants";
import { secondOwner } from "./second-program";

describe("a grant that the second program has given", () => {
  const managedBy = secondOwner("scopeGrant", "c1");
  const given = { permissions: ["export:segment", "list:profile"], managedBy } as const;
  const live = { permissions: ["list:profile", "export:segment"], managedBy };

  it("is kept when it has its permissions and its owner", () => {
    assert.ok(isKept(given, live));
  });

  for (const [what, changed] of [
    ["other permissions of the same number", { permissions: ["list:profile", "list:segment"] }],
    ["another owner", { managedBy: secondOwner("scopeGrant", "c2") }],
    ["no owner", { managedBy: null }],
  ] as const) {
    it(`is changed when it has ${what}`, () => {
      assert.ok(!isKept(given, { ...live, ...changed }));
    });
  }

  it("is changed when its client is gone", () => {
    assert.ok(!isKept(given, undefined));
  });
});
