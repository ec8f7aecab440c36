import assert from "node:assert/strict";
import { isNewer } from "../../../review/src/compare/version-order";

describe("the order of versions", () => {
  for (const [version, than] of [
    ["0.2.0", "0.1.0"],
    ["0.10.0", "0.9.9"],
    ["1.0.0", "0.99.99"],
    ["0.1.1", "0.1.0"],
  ] as const) {
    it(`puts ${version} above ${than}, and not the other way round`, () => {
      assert.equal(isNewer(version, than), true);
      assert.equal(isNewer(than, version), false);
    });
  }

  it("puts no version above itself, and no other string above a version", () => {
    assert.equal(isNewer("0.1.0", "0.1.0"), false);
    assert.equal(isNewer("latest", "0.1.0"), false);
    assert.equal(isNewer("0.2.0", "unknown"), false);
  });
});
