import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import * as root from "xtremepush-access";
import * as catalog from "xtremepush-access/catalog";
import * as schemas from "xtremepush-access/schemas";
import { freeze } from "../../../sdk/src/catalog/freeze";

describe("every catalog of the package", () => {
  const published = { ...catalog, ...schemas };
  const catalogs = Object.entries({ ...root, ...published }).filter(
    ([name, value]) => typeof value === "object" && (name === "permissions" || /^[A-Z_]+$/.test(name)),
  );

  for (const [name, value] of catalogs) {
    it(`cannot be changed by a program without types, nor any part of it: ${name}`, () => {
      assert.deepEqual(thawed(name, value), []);
    });
  }

  it("is looked at", () => {
    const names = catalogs.map(([name]) => name);

    assert.deepEqual(names.sort(), [
      ...["ACCESS_KINDS", "ASSERTION_ALGORITHMS", "DATA_KINDS", "EVIDENCE_KINDS", "GROUPS", "LASTING_CLAIMS"],
      ...[
        "OAUTH_ERRORS",
        "PERMISSIONS",
        "PERMISSION_IDS",
        "PIPELINE_VARIABLES",
        "PROBLEMS",
        "RISKS",
        "ROLES",
        "SCOPES",
      ],
      ...["SUBJECT_TOKEN_TYPES", "permissions"],
    ]);
  });

  it("keeps its literal types", () => {
    expectTypeOf(published.permissions.list.profile).toEqualTypeOf<"list:profile">();
    expectTypeOf(published.SCOPES["batch-create"].group).toEqualTypeOf<"common">();
    expectTypeOf(published.RISKS).toEqualTypeOf<readonly ["low", "medium", "high", "critical"]>();
    expectTypeOf(published.PROBLEMS.name_taken.status).toEqualTypeOf<409>();
  });
});

describe("a value that is frozen", () => {
  it("is frozen at every depth and stays the same value", () => {
    const value = { list: [{ name: "CRM" }] };

    const answer = freeze(value);

    assert.equal(answer, value);
    assert.deepEqual(thawed("value", answer), []);
  });
});

/** The places of a value that can still be changed. */
function thawed(place: string, value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  const inside = Object.entries(value).flatMap(([key, part]) => thawed(`${place}.${key}`, part));
  return Object.isFrozen(value) ? inside : [place, ...inside];
}
