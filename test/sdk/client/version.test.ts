import assert from "node:assert/strict";
import manifest from "../../../sdk/package.json";
import { VERSION } from "../../../sdk/src/client/version";

describe("the version in the user agent", () => {
  it("is that of the package", () => {
    assert.equal(VERSION, manifest.version);
  });
});
