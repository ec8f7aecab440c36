import assert from "node:assert/strict";
import { compare } from "../../review/src/compare/compare";
import { decide } from "../../review/src/gate/decide";
import { NO_RULES } from "../../review/src/gate/rules";
import { manifestOf, type WrittenClient } from "../support/review/manifests";
import { abandoned, otherTriggers, uncovered, undecided, unlike } from "./findings";
import type { Happened } from "./trail";

const CRM: WrittenClient = { resource: "crm", permissions: ["list:tag"] };
const [CLIENT] = manifestOf([CRM]).clients;
const ACCESS = { name: "crm", permissions: ["list:tag"], credentials: { secret: "version 1" } };
const SAME: Happened = {
  id: CLIENT?.urn ?? "",
  clientIds: ["xpc_a"],
  before: ACCESS,
  after: ACCESS,
  made: [],
  ended: [],
  taken: [],
  given: [],
  touchesCredentials: false,
};
const MORE = { ...ACCESS, permissions: ["list:tag", "list:segment"] };

function reviewOf(before: readonly WrittenClient[], after: readonly WrittenClient[]) {
  return compare([manifestOf(before)], [manifestOf(after)]);
}

describe("what a run did against a review that says nothing", () => {
  const nothing = reviewOf([CRM], [CRM]);
  const unseen: readonly (readonly [string, Partial<Happened>])[] = [
    ["unseen gains", { after: MORE }],
    ["unseen losses", { after: { ...ACCESS, permissions: [] } }],
    ["unseen losses", { taken: ["list:tag"], given: ["list:tag"] }],
    ["unseen credentials", { touchesCredentials: true }],
    ["unseen clients", { made: ["xpc_b"] }],
    ["unseen deletes", { ended: ["xpc_a"] }],
  ];
  for (const [kind, what] of unseen) {
    it(`is found among ${kind}: ${Object.keys(what)}`, () => {
      const found = uncovered(nothing, { happened: [{ ...SAME, ...what }], left: [] });

      assert.deepEqual(
        found.map((finding) => finding.kind),
        [kind],
      );
    });
  }

  it("is found when a client is left alive", () => {
    const left = abandoned([SAME], ["xpc_a"]);

    assert.deepEqual(
      uncovered(reviewOf([CRM], []), { happened: [], left }).map(({ kind }) => kind),
      ["clients left alive"],
    );
  });

  it("is found when nobody has to approve a gain", () => {
    const decision = decide(nothing, NO_RULES, new Date());

    assert.deepEqual(
      undecided(decision, [{ ...SAME, after: MORE }]).map(({ kind }) => kind),
      ["undecided gains"],
    );
  });
});

describe("what a run did against a review that says so", () => {
  const gain = reviewOf([CRM], [{ ...CRM, permissions: ["list:segment", "list:tag"] }]);
  const gained = { ...SAME, after: MORE };

  it("is covered, also by an unknown effect", () => {
    const unknown = reviewOf([CRM], [{ ...CRM, unknownPermissions: "a secret decides" }]);

    assert.deepEqual(uncovered(gain, { happened: [gained], left: [] }), []);
    assert.deepEqual(uncovered(unknown, { happened: [gained], left: [SAME.id] }), []);
  });

  it("is what was approved, and less or more is not", () => {
    const more = { ...gained, after: { ...MORE, permissions: ["list:tag", "list:segment", "info:tag"] } };

    assert.deepEqual(unlike(gain, [gained]), []);
    assert.deepEqual(
      [unlike(gain, []), unlike(gain, [more])].map((found) => found.map(({ kind }) => kind)),
      [["unlike what was approved"], ["unlike what was approved"]],
    );
  });
});

describe("a replacement trigger", () => {
  it("is found when the program and its preview have different hashes", () => {
    const [one, two] = ["sha256:one", "sha256:two"].map((replacementTrigger) =>
      manifestOf([{ ...CRM, replacementTrigger }]),
    );
    const manifests = [one, two].filter((manifest) => manifest !== undefined);

    const found = manifests.map((manifest) =>
      otherTriggers(manifestOf([{ ...CRM, replacementTrigger: "sha256:one" }]), manifest),
    );

    assert.deepEqual(
      found.map((findings) => findings.length),
      [0, 1],
    );
  });
});
