import assert from "node:assert/strict";
import { createStandIn, isStandIn, withStandIn } from "../../../../review/src/program/child/stand-in";

describe("a stand-in", () => {
  it("answers to everything that a callback does with a value", () => {
    // Any type: that is what it is for.
    const value = createStandIn() as Record<string, (...args: unknown[]) => unknown> & Iterable<unknown>;
    const given: unknown[] = [];

    value["map"]?.((one: unknown) => given.push(one));
    const text = `${value}`;

    assert.equal(given.every(isStandIn) && given.length === 1, true);
    assert.deepEqual([text, Number(value), [...value].every(isStandIn), Object.keys(value)], ["1", 1, true, ["key"]]);
    assert.equal(isStandIn(value["name"]), true);
  });

  it("has an element for each part of a text", () => {
    // Any type: that is what it is for.
    const [, , , region, account] = createStandIn() as Iterable<unknown>;

    assert.deepEqual([isStandIn(region), isStandIn(account)], [true, true]);
  });

  it("is no promise and no object of Pulumi", async () => {
    const value = createStandIn() as Record<string, unknown>;

    assert.deepEqual([value["then"], value["__pulumiOutput"]], [undefined, undefined]);
    assert.equal(isStandIn(await value), true);
  });

  it("ends a loop over it", () => {
    const value = createStandIn() as { next: unknown };

    assert.throws(() => {
      while (value.next);
    }, RangeError);
  });

  it("takes the place of the unknown parts, or of the whole value", () => {
    const unknown = {};
    const isUnknown = (part: unknown) => part === unknown;

    assert.deepEqual(withStandIn({ name: "CRM", ids: [1, unknown] }, isUnknown, "1"), { name: "CRM", ids: [1, "1"] });
    assert.equal(withStandIn(undefined, isUnknown, "1"), "1");
  });
});
