import assert from "node:assert/strict";
import { differenceLines } from "../../../../provider/src/dynamic/run/permission-difference";
import { checkMap, mapOf, permissionsOf } from "../../../../provider/src/dynamic/scope-grant/permission-map";

describe("the map of permissions", () => {
  it("holds each permission once, in the catalog's order", () => {
    const map = mapOf(["info:task", "list:profile", "info:task"]);

    assert.deepEqual(Object.entries(map), [
      ["list:profile", true],
      ["info:task", true],
    ]);
  });

  it("keeps permissions of a newer backend, last", () => {
    assert.deepEqual(permissionsOf({ "zap:new": true, "list:profile": true }), ["list:profile", "zap:new"]);
  });

  it("is empty for what is not a map", () => {
    assert.deepEqual([permissionsOf(null), permissionsOf("list:profile")], [[], []]);
  });

  it("refuses names that every JavaScript object has", () => {
    const { reasons } = checkMap(JSON.parse('{"__proto__": true, "constructor": true}'));

    assert.equal(reasons.length, 2);
    assert.match(reasons[0] ?? "", /unknown permission "__proto__"/);
    assert.match(reasons[1] ?? "", /unknown permission "constructor"/);
  });

  it("takes a list, which a transform of the program may send past the class", () => {
    const { map, reasons } = checkMap(["list:profile", "info:tsk", null]);

    assert.deepEqual(map, { "list:profile": true });
    assert.deepEqual(reasons, [
      'permissions: unknown permission "info:tsk"; did you mean "info:task"?',
      "permissions[2] is null, which is not a permission; is its name misspelt in the program?",
    ]);
  });

  it("shows what one set has more and less than another, and nothing else", () => {
    const lines = differenceLines(["list:profile", "info:task"], ["info:task", "list:segment"]);

    assert.deepEqual(lines, ["  - list:profile", "  + list:segment"]);
  });
});
