import assert from "node:assert/strict";
import { PERMISSION_IDS, type Permission, select } from "xtremepush-access";
import { permissionsSource } from "../../../provider/src/cli/permission-source";
import { declaredBy } from "../../support/provider/exported-text";

describe("the permissions of a program", () => {
  it("are named one by one", () => {
    assert.deepEqual(permissionsSource(["list:profile", "batch-create:tag", "analytics:total-session-time"]), {
      source: {
        list: ["permissions.list.profile", "permissions.batchCreate.tag", "permissions.analytics.totalSessionTime"],
      },
      uses: "permissions",
    });
  });

  it("are a select where one condition gives this very set", () => {
    assert.deepEqual(permissionsSource(select({ scope: "list" })), {
      source: 'select({ scope: "list" })',
      uses: "select",
    });
  });

  it("are a select of two conditions where no single one gives the set", () => {
    assert.deepEqual(permissionsSource(select({ access: "read", maxRisk: "low" })), {
      source: 'select({ access: "read", maxRisk: "low" })',
      uses: "select",
    });
  });

  it("are a select in whatever order they come", () => {
    const { source } = permissionsSource(select({ access: "read" }).toReversed());

    assert.equal(source, 'select({ access: "read" })');
  });

  it("are named where a select gives one more or one less", () => {
    const less = select({ access: "read" }).slice(1);
    const more: Permission[] = [...select({ access: "read" }), "delete:segment"];

    assert.equal(permissionsSource(less).uses, "permissions");
    assert.equal(permissionsSource(more).uses, "permissions");
  });

  it("are named where they are so few that a select could only fit by accident", () => {
    assert.equal(permissionsSource(select({ scope: "delete" })).uses, "permissions");
  });

  it("need no import where there are none", () => {
    assert.deepEqual(permissionsSource([]), { source: { list: [] }, uses: null });
  });

  it("are the ones that a program then declares, for each permission of the catalog", () => {
    const { source } = permissionsSource(PERMISSION_IDS.slice(1));
    assert.ok(typeof source === "object" && "list" in source);

    const program = `import { ScopeGrant } from "pulumi-xtremepush"; import { permissions } from "xtremepush-access";
      new ScopeGrant("all", { permissions: [${source.list.join(", ")}] });`;

    const [declared] = declaredBy(program);
    assert.equal(String(declared?.args["permissions"]), PERMISSION_IDS.slice(1).join());
  });
});
