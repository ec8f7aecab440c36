import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import { PERMISSION_IDS, PERMISSIONS, type Permission, type Selection, select } from "xtremepush-access";

/** Stands for a program without types. */
const untyped = (selection: unknown): readonly Permission[] => Reflect.apply(select, undefined, [selection]);

describe("select", () => {
  it("lists the permissions of a scope in the catalog's order", () => {
    assert.deepEqual(select({ scope: "tag" }), ["tag:hit", "tag:batch-hit"]);
    assert.deepEqual(select({ scope: ["export", "delete"] }), ["delete:segment", "delete:list", "export:segment"]);
  });

  it("lists the permissions of a group", () => {
    assert.equal(select({ group: "campaign" }).length, 8);
    assert.equal(select({ group: ["common", "campaign", "hit", "other"] }).length, PERMISSION_IDS.length);
  });

  it("joins its conditions by and", () => {
    assert.deepEqual(select({ access: "read", data: "personal", maxRisk: "medium" }), [
      "list:consent-preference",
      "info:device",
      "info:profile",
    ]);
  });

  it("takes every risk up to the highest that is allowed", () => {
    const selected = select({ access: "read", maxRisk: "medium" });

    assert.equal(selected.includes("list:campaign"), true);
    assert.equal(selected.includes("list:consent-preference"), true);
    assert.equal(selected.includes("list:profile"), false);
    assert.equal(selected.includes("export:segment"), false);
    assert.equal(select({ maxRisk: "critical" }).length, PERMISSION_IDS.length);
  });

  it("selects nothing that writes when it is asked for reads", () => {
    const accesses = new Set(select({ access: "read" }).map((id) => PERMISSIONS[id].access));

    assert.deepEqual([...accesses], ["read"]);
  });

  it("takes no notice of a condition that is undefined", () => {
    assert.deepEqual(untyped({ scope: "tag", access: undefined }), ["tag:hit", "tag:batch-hit"]);
  });

  it("refuses an empty list of wanted values, which no permission could meet", () => {
    assert.throws(() => select({ access: [] }), {
      name: "RangeError",
      message: "select: access is an empty list; give at least one of send, write, delete, read, or leave access out",
    });
    assert.throws(() => select({ access: "read", scope: [] }), RangeError);
  });

  it("is typed", () => {
    expectTypeOf(select).returns.toEqualTypeOf<readonly Permission[]>();
    expectTypeOf<{ scope: "lists" }>().not.toExtend<Selection>();
    expectTypeOf<{ maxRisk: readonly ["low"] }>().not.toExtend<Selection>();
  });

  it("refuses to select everything by accident", () => {
    assert.throws(() => select({}), /select needs at least one of access, data, group, scope, maxRisk/);
    assert.throws(() => untyped(undefined), /select needs at least one of/);
    assert.throws(() => untyped(null), /select needs at least one of/);
    assert.throws(() => untyped({ access: undefined }), /select needs at least one of/);
    assert.throws(() => untyped(Object.create({ access: "read" })), /select needs at least one of/);
  });

  it("refuses a condition that it does not know", () => {
    assert.throws(() => untyped({ risk: "low" }), /does not know the condition "risk"/);
    assert.throws(() => untyped("read"), /does not know the condition "0"/);
    assert.throws(() => untyped(JSON.parse('{"__proto__": {}}')), /does not know the condition "__proto__"/);
  });

  it("refuses a value that the catalog does not know, and names those that it knows", () => {
    assert.throws(() => untyped({ access: "reads" }), /access cannot be "reads"; use one of .*read/);
    assert.throws(() => untyped({ access: ["read", "reads"] }), /access cannot be "reads"/);
    assert.throws(
      () => untyped({ maxRisk: "huge" }),
      /maxRisk cannot be "huge"; use one of low, medium, high, critical/,
    );
    assert.throws(() => untyped({ maxRisk: ["low"] }), /maxRisk cannot be a value of type object/);
    assert.throws(() => untyped({ scope: "toString" }), /scope cannot be "toString"/);
    assert.throws(() => untyped({ scope: "x\u202e\u009b31m" }), /scope cannot be "x\\u\{202e\}\\u\{9b\}31m"/);
    assert.throws(() => untyped({ scope: null }), /scope cannot be null/);
    assert.throws(() => untyped({ scope: 1n }), /scope cannot be a value of type bigint/);
    assert.throws(() => untyped({ group: { toString: () => "common" } }), /group cannot be a value of type object/);
  });

  it("throws RangeErrors", () => {
    assert.throws(() => select({}), RangeError);
    assert.throws(() => untyped({ access: "reads" }), RangeError);
    assert.throws(() => untyped({ risk: "low" }), RangeError);
  });
});
