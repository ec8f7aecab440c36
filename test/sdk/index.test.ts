import assert from "node:assert/strict";
import * as published from "xtremepush-access";
import * as schemas from "xtremepush-access/schemas";

describe("the root of the sdk", () => {
  it("exports what a program calls, and of the schemas their types alone", () => {
    assert.deepEqual(
      Object.keys(published).filter((name) => name in schemas),
      [],
    );
  });

  it("has every class of error, so that a program can tell them apart", () => {
    const errors = Object.keys(published).filter((name) => name.endsWith("Error"));

    assert.equal(errors.length, 15);
  });
});
