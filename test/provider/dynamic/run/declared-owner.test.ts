import assert from "node:assert/strict";
import { readDeclared } from "../../../../provider/src/dynamic/run/declared-owner";

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

      assert.deepEqual(readDeclared(given, environment).inputs, { name: "CRM", managedBy: `${owner}/${URN}` });
    });
  }

  it("does not depend on what else a newer class sends with it", () => {
    const declaredBy = { owner: "team-b", isChosen: true, urn: URN, clientName: { later: "form" }, since: "2.0.0" };

    assert.deepEqual(readDeclared({ name: "CRM", declaredBy }, ENVIRONMENT), {
      inputs: { name: "CRM", managedBy: `team-b/${URN}` },
      clientName: null,
    });
  });

  it("is kept where the class does not say how it composed it", () => {
    assert.deepEqual(readDeclared({ name: "CRM", managedBy: "acme/urn" }, ENVIRONMENT).inputs, {
      name: "CRM",
      managedBy: "acme/urn",
    });
  });
});
