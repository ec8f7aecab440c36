import assert from "node:assert/strict";
import { assertPermission, nearestPermission } from "xtremepush-access";
import { unknownPermissionMessage } from "xtremepush-access/catalog";

describe("nearestPermission", () => {
  it("finds what was probably meant", () => {
    assert.equal(nearestPermission("list:profiles"), "list:profile");
    assert.equal(nearestPermission("list:profile_attribute"), "list:profile-attribute");
    assert.equal(nearestPermission("LIST:PROFILE "), "list:profile");
    assert.equal(nearestPermission("exprot:segment"), "export:segment");
    assert.equal(nearestPermission("expire-inbox:campain"), "expire-inbox:campaign");
  });

  it("answers something for any text, at once", () => {
    assert.equal(nearestPermission("x".repeat(1_000_000)).includes(":"), true);
    assert.equal(nearestPermission("").includes(":"), true);
  });
});

describe("unknownPermissionMessage", () => {
  it("names what was written and what was probably meant", () => {
    const message = unknownPermissionMessage("list:profil");

    assert.equal(message, 'unknown permission "list:profil"; did you mean "list:profile"?');
  });

  it("cuts a text that is too long and escapes what could disturb a terminal", () => {
    assert.equal(unknownPermissionMessage("a".repeat(10_000)).length < 150, true);
    assert.match(unknownPermissionMessage("list:\u001b[2Jprofile"), /"list:\\u\{1b\}\[2Jprofile"/);
  });

  it("looks for the nearest one of no text that is longer than every permission", () => {
    assert.equal(unknownPermissionMessage("a".repeat(65)), `unknown permission "${"a".repeat(63)}…"`);
  });

  it("names the type of what is not a string", () => {
    assert.match(unknownPermissionMessage(42), /not a value of type number/);
    assert.match(unknownPermissionMessage(null), /not null/);
  });
});

describe("assertPermission", () => {
  it("lets a permission pass", () => {
    assert.doesNotThrow(() => assertPermission("list:profile"));
  });

  it("throws a RangeError that names the nearest one", () => {
    assert.throws(() => assertPermission("list:profil"), {
      name: "RangeError",
      message: 'unknown permission "list:profil"; did you mean "list:profile"?',
    });
  });

  it("throws a RangeError for what is not a string", () => {
    assert.throws(() => assertPermission(undefined), RangeError);
    assert.throws(() => assertPermission(["list:profile"]), RangeError);
  });
});
