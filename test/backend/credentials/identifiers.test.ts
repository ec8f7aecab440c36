import assert from "node:assert/strict";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";

describe("identifiers", () => {
  it("are their kind and 26 characters of lower-case base32", () => {
    const id = makeIdentifier("xpc");

    assert.match(id, /^xpc_[a-z2-7]{26}$/);
  });

  it("are not created twice", () => {
    const ids = new Set(Array.from({ length: 2_000 }, () => makeIdentifier("xpa")));

    assert.equal(ids.size, 2_000);
  });
});
