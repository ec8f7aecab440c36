import assert from "node:assert/strict";
import { withDeclaredOwner } from "../../../../provider/src/dynamic/run/declared-owner";

const URN = "urn:pulumi:dev::programs::pulumi-nodejs:dynamic/xtremepush:ApiClient::crm";
const ENVIRONMENT = { XTREMEPUSH_OWNER: "team-a" };

describe("the owner that a program declares", () => {
  for (const [title, declaredBy, environment, owner] of [
    ["is the organization", { owner: "acme-org", isChosen: false, urn: URN }, {}, "acme-org"],
    ["is XTREMEPUSH_OWNER of the CLI", { owner: "acme-org", isChosen: false, urn: URN }, ENVIRONMENT, "team-a"],
    ["is no empty XTREMEPUSH_OWNER", { owner: "acme", isChosen: false, urn: URN }, { XTREMEPUSH_OWNER: "" }, "acme"],
    ["is the one that the program chose", { owner: "team-b", isChosen: true, urn: URN }, ENVIRONMENT, "team-b"],
  ] as const) {
    it(`${title}, whatever ignoreChanges kept`, () => {
      const given = { name: "CRM", managedBy: "others/urn", declaredBy };

      assert.deepEqual(withDeclaredOwner(given, environment), { name: "CRM", managedBy: `${owner}/${URN}` });
    });
  }

  it("is kept where the class does not say how it composed it", () => {
    assert.deepEqual(withDeclaredOwner({ name: "CRM", managedBy: "acme/urn" }, ENVIRONMENT), {
      name: "CRM",
      managedBy: "acme/urn",
    });
  });
});
