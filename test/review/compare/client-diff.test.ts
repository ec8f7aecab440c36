import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { manifestOf } from "../../support/review/manifests";

describe("the changes of one client", () => {
  it("knows what a client gains when only its name, secret or keys are unknown", () => {
    const unknown = { unknown: "it comes from another stack" };
    for (const more of [{ name: unknown }, { secretVersion: unknown }, { publicKeys: unknown }]) {
      const before = { resource: "crm", permissions: ["list:tag"], ...more };

      const diff = compare([manifestOf([before])], [manifestOf([{ ...before, permissions: ["export:segment"] }])]);

      const [client] = diff.environments[0]?.clients ?? [];
      assert.deepEqual(client?.effects, ["unknown", "broadened", "narrowed"]);
      assert.deepEqual([diff.verdict, diff.counts.gainedCritical, diff.counts.lost], ["unknown", 1, 1]);
    }
  });

  it("marks permissions that came with a newer catalog, even with one that this package does not have", () => {
    const side = (catalog: string, ...permissions: string[]) =>
      manifestOf([{ resource: "crm", permissions }], { catalog });
    const marked = (before: string, after: string) =>
      compare([side(before)], [side(after, "list:newer")]).environments[0]?.clients[0]?.permissions[0]?.fromCatalog;

    assert.equal(marked("0.1.0", "0.2.0"), true);
    assert.equal(marked("0.2.0", "0.2.0"), false);
    assert.equal(marked("0.2.0", "0.1.0"), false);
  });
});
