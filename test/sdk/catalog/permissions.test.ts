import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import {
  GROUPS,
  type Group,
  isPermission,
  PERMISSION_IDS,
  PERMISSIONS,
  type Permission,
  type PermissionInfo,
  SCOPES,
  type Scope,
  sortPermissions,
} from "xtremepush-access";
import { userProgram } from "../../support/docs/typescript-project";

const countOf = (test: (info: PermissionInfo) => boolean): number =>
  PERMISSION_IDS.filter((id) => test(PERMISSIONS[id])).length;

describe("the catalog of permissions", () => {
  it("holds 67 permissions in 22 scopes and 4 groups", () => {
    const scopes = new Set(PERMISSION_IDS.map((id) => PERMISSIONS[id].scope));
    const groups = new Set(PERMISSION_IDS.map((id) => PERMISSIONS[id].group));

    assert.equal(PERMISSION_IDS.length, 67);
    assert.equal(new Set(PERMISSION_IDS).size, 67);
    assert.deepEqual([...scopes].sort(), Object.keys(SCOPES).sort());
    assert.equal(scopes.size, 22);
    assert.deepEqual([...groups].sort(), Object.keys(GROUPS).sort());
    assert.equal(groups.size, 4);
  });

  it("has as many permissions in each scope as the settings page has checkboxes", () => {
    const counts = Object.keys(SCOPES).map((scope) => `${scope} ${countOf((info) => info.scope === scope)}`);

    assert.deepEqual(counts, [
      ...["create 4", "batch-create 1", "update 3", "delete 2", "list 17", "info 8"],
      ...["send 1", "execute 1", "start 1", "stop 1", "schedule 1"],
      ...["expire-inbox 1", "remove-inbox 1", "cancel-journey 1", "tag 2", "event 2"],
      ...["import 3", "export 1", "analytics 8", "download-file 1", "integration-actions 5", "data-actions 2"],
    ]);
  });

  it("tells how each endpoint is known", () => {
    assert.equal(
      countOf((info) => info.endpointEvidence === "documented"),
      18,
    );
    assert.equal(
      countOf((info) => info.endpointEvidence === "observed"),
      4,
    );
    assert.equal(
      countOf((info) => info.endpointEvidence === "inferred"),
      25,
    );
    assert.equal(
      countOf((info) => info.endpointEvidence === "guess"),
      7,
    );
    assert.equal(
      countOf((info) => info.endpointEvidence === "unknown"),
      13,
    );
    for (const id of PERMISSION_IDS) {
      assert.equal(PERMISSIONS[id].endpoint === null, PERMISSIONS[id].endpointEvidence === "unknown", id);
    }
  });

  it("knows everything about a permission that can take personal data out", () => {
    assert.deepEqual(PERMISSIONS["export:segment"], {
      id: "export:segment",
      group: "other",
      scope: "export",
      scopeLabel: "Export",
      title: "Start a background export of a segment's devices or profiles",
      access: "read",
      data: "bulk-personal",
      risk: "critical",
      riskReason: "takes personal data out in bulk",
      endpoint: "export/segment",
      endpointEvidence: "inferred",
      reference: "https://docs.xtremepush.com/reference/task-methods",
      usuallyWith: ["info:task", "download-file:file"],
      note: "answers with a task id; the file is fetched with download-file:file",
    });
  });

  it("knows a permission that starts messages by itself", () => {
    assert.deepEqual(PERMISSIONS["create:campaign"], {
      id: "create:campaign",
      group: "common",
      scope: "create",
      scopeLabel: "Create",
      title: "Create a campaign, automated or sent at once",
      access: "send",
      data: "none",
      risk: "high",
      riskReason: "can message end users at once",
      endpoint: "create/campaign",
      endpointEvidence: "documented",
      reference: "https://docs.xtremepush.com/reference/campaign-model",
      triggersMessages: true,
    });
  });

  it("gives a reason for every risk above low, and none for a low one", () => {
    for (const id of PERMISSION_IDS) {
      assert.equal(PERMISSIONS[id].riskReason === null, PERMISSIONS[id].risk === "low", id);
    }
  });

  it("names only its own permissions as usual companions", () => {
    const companions = PERMISSION_IDS.flatMap((id) => {
      const info: { readonly usuallyWith?: readonly string[] } = PERMISSIONS[id];
      return info.usuallyWith ?? [];
    });

    assert.notEqual(companions.length, 0);
    assert.deepEqual(
      companions.filter((id) => !isPermission(id)),
      [],
    );
  });

  it("cannot be changed by a program without types", () => {
    const list: unknown = PERMISSIONS["export:segment"].usuallyWith;

    assert.throws(() => Object.assign(PERMISSIONS, { "export:segment": null }), TypeError);
    assert.throws(() => Object.assign(PERMISSIONS["export:segment"], { risk: "low" }), TypeError);
    assert.throws(() => Object.assign(PERMISSION_IDS, ["export:segment"]), TypeError);
    assert.throws(() => Object.assign(Object(list), ["create:list"]), TypeError);
  });

  it("is the source of the types", () => {
    expectTypeOf<Permission>().toEqualTypeOf<keyof typeof PERMISSIONS>();
    expectTypeOf<"list:profile-attribute">().toExtend<Permission>();
    expectTypeOf<"list:profil">().not.toExtend<Permission>();
    expectTypeOf<string>().not.toExtend<Permission>();
    expectTypeOf<Scope>().toEqualTypeOf<keyof typeof SCOPES>();
    expectTypeOf<Group>().toEqualTypeOf<"common" | "campaign" | "hit" | "other">();
    expectTypeOf(PERMISSIONS["export:segment"].risk).toEqualTypeOf<"critical">();
  });

  it("makes an unknown name a compile error that offers the right one", () => {
    const program = userProgram(`
      import type { Permission } from "xtremepush-access";
      export const known: Permission = "list:profile";
      export const unknown: Permission = "list:profil";
    `);

    const errors = program.errors();

    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /"list:profil"' is not assignable .*Did you mean '"list:profile"'/s);
  });
});

describe("isPermission", () => {
  it("knows the ids of the catalog and nothing else", () => {
    assert.equal(isPermission("list:profile"), true);
    assert.equal(isPermission("list:Profile"), false);
    assert.equal(isPermission(" list:profile"), false);
    assert.equal(isPermission(""), false);
  });

  it("is not taken in by what every object inherits, or by other types", () => {
    assert.equal(isPermission("toString"), false);
    assert.equal(isPermission("__proto__"), false);
    assert.equal(isPermission("constructor"), false);
    assert.equal(isPermission(["list:profile"]), false);
    assert.equal(isPermission(undefined), false);
  });
});

describe("sortPermissions", () => {
  it("puts ids into the settings page's order, each once, the unknown ones last and by name", () => {
    const sorted = sortPermissions(["z:new", "list:profile", "create:list", "a:new", "list:profile"]);

    assert.deepEqual(sorted, ["create:list", "list:profile", "a:new", "z:new"]);
  });

  it("leaves the list that it was given as it was", () => {
    const given: Permission[] = ["list:profile", "create:list"];

    sortPermissions(given);

    assert.deepEqual(given, ["list:profile", "create:list"]);
  });
});
