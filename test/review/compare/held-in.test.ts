import assert from "node:assert/strict";
import { compare } from "../../../review/src/compare/compare";
import { withHeldIn } from "../../../review/src/compare/held-in";
import type { Manifest } from "../../../review/src/model/manifest";
import { manifestOf, type WrittenClient } from "../../support/review/manifests";

const CRM: WrittenClient = { resource: "crm", permissions: ["list:tag"] };
const WITH_EXPORT: WrittenClient = { resource: "crm", permissions: ["list:tag", "export:segment"] };

const prod = (...clients: readonly WrittenClient[]) => manifestOf(clients);
const staging = (...clients: readonly WrittenClient[]) => manifestOf(clients, { stack: "staging" });

/** For each permission that production gains, the stacks that have it. */
function heldIn(base: readonly Manifest[], head: readonly Manifest[], stacks = ["staging"]) {
  const { environments } = withHeldIn(compare(base, head), stacks, [base, head]);
  const clients = environments.filter(({ stack }) => stack === "prod").flatMap((environment) => environment.clients);
  return Object.fromEntries(
    clients.flatMap(({ permissions }) => permissions.map((row) => [row.permission, row.heldIn])),
  );
}

describe("the stacks that have a gained permission already", () => {
  const change = [prod(CRM), prod(WITH_EXPORT)] as const;

  it("are those in which the client of the same name has it before and after the change", () => {
    const [before, after] = change;

    assert.deepEqual(heldIn([before, staging(WITH_EXPORT)], [after, staging(WITH_EXPORT)]), {
      "export:segment": ["staging"],
    });
  });

  const none: Readonly<Record<string, readonly [Manifest | null, Manifest | null]>> = {
    "it gets it in the same change": [staging(CRM), staging(WITH_EXPORT)],
    "it loses it in the same change": [staging(WITH_EXPORT), staging(CRM)],
    "the stack is not there": [null, null],
    "the client has another name there": [
      staging({ ...WITH_EXPORT, name: "Warehouse" }),
      staging({ ...WITH_EXPORT, name: "Warehouse" }),
    ],
    "its permissions are not certain there": [
      staging({ ...WITH_EXPORT, unknownPermissions: "a secret decides" }),
      staging(WITH_EXPORT),
    ],
    "the stack is uncertain as a whole": [
      staging(WITH_EXPORT),
      manifestOf([WITH_EXPORT], { stack: "staging", uncertain: ["it awaits an output"] }),
    ],
    "the stack is of another program": [
      manifestOf([WITH_EXPORT], { stack: "staging", pulumiProject: "other" }),
      manifestOf([WITH_EXPORT], { stack: "staging", pulumiProject: "other" }),
    ],
    "only one of two clients of the name has it": [
      staging(WITH_EXPORT, { resource: "crm2", name: "crm", permissions: [] }),
      staging(WITH_EXPORT, { resource: "crm2", name: "crm", permissions: [] }),
    ],
  };
  for (const [title, [before, after]] of Object.entries(none)) {
    it(`are none when ${title}`, () => {
      const sides = [
        [change[0], before],
        [change[1], after],
      ].map((side) => side.filter((manifest) => manifest !== null));

      assert.deepEqual(heldIn(sides[0] ?? [], sides[1] ?? []), { "export:segment": [] });
    });
  }

  it("are none for a client that takes the name in the same change, and those of its name for a new one", () => {
    const lower = staging({ ...WITH_EXPORT, name: "Warehouse" });
    const renamed = prod({ ...WITH_EXPORT, name: "Warehouse" });

    assert.deepEqual(heldIn([prod(CRM), lower], [renamed, lower]), { "export:segment": [] });
    assert.deepEqual(heldIn([prod(), lower], [renamed, lower]), {
      "list:tag": ["staging"],
      "export:segment": ["staging"],
    });
  });

  it("are not looked for when no rule asks, and change no digest", () => {
    const diff = compare([change[0]], [change[1]]);

    assert.equal(withHeldIn(diff, [], []), diff);
    assert.equal(withHeldIn(diff, ["staging"], [[], []]).digest, diff.digest);
  });
});
