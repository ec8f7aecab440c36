import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import { PERMISSION_IDS, permissions, SCOPES } from "xtremepush-access";
import { userProgram } from "../../support/docs/typescript-project";

describe("permissions, by scope and object", () => {
  it("names every permission of the catalog once, in its order", () => {
    const named = Object.values(permissions).flatMap((scope) => Object.values<string>(scope));

    assert.deepEqual(named, [...PERMISSION_IDS]);
    assert.equal(Object.keys(permissions).length, Object.keys(SCOPES).length);
  });

  it("is in camel case", () => {
    assert.equal(permissions.list.profileAttribute, "list:profile-attribute");
    assert.equal(permissions.batchCreate.tag, "batch-create:tag");
    assert.equal(permissions.cancelJourney.campaign, "cancel-journey:campaign");
    assert.equal(permissions.downloadFile.file, "download-file:file");
  });

  it("carries the literal types", () => {
    expectTypeOf(permissions.list.profile).toEqualTypeOf<"list:profile">();
  });

  it("shows the title and the risk where the pointer is on a name", () => {
    const program = userProgram(`
      import { permissions } from "xtremepush-access";
      export const granted = [permissions.list.profile];
    `);

    assert.equal(program.hoverOn("permissions.list.profile"), "List user profiles (high risk: personal data in bulk)");
    assert.deepEqual(program.errors(), []);
  });

  it("is completed by the editor", () => {
    const program = userProgram(`
      import { permissions } from "xtremepush-access";
      export const granted = permissions.dataActions.;
    `);

    assert.deepEqual(
      program.completionsBehind("permissions.dataActions.").sort(),
      Object.keys(permissions.dataActions).sort(),
    );
  });

  it("makes an unknown name a compile error", () => {
    const program = userProgram(`
      import { permissions } from "xtremepush-access";
      export const granted = [permissions.list.profil];
    `);

    const errors = program.errors();

    assert.equal(errors.length, 1);
    assert.match(errors[0] ?? "", /Property 'profil' does not exist .*Did you mean 'profile'/s);
  });
});
