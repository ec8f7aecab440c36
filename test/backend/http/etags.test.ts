import assert from "node:assert/strict";
import { etagOf, readIfMatch } from "../../../backend/src/http/etags";

describe("revisions in headers", () => {
  it("are read from the ETag that they are written as", () => {
    assert.equal(etagOf(3), '"3"');
    assert.equal(readIfMatch(etagOf(3)), 3);
    assert.equal(readIfMatch(etagOf(0)), 0);
  });

  it("are needed by a write", () => {
    assert.throws(() => readIfMatch(undefined), { code: "precondition_required" });
  });

  it("match no tag that is weak or of another API", () => {
    for (const tag of ['W/"3"', 'W/"abc"', '"abc"', '""', '"03"', '"3.5"', '"99999999999"', '"é"', '"a,b"', '"*"']) {
      assert.equal(readIfMatch(tag), null, tag);
    }
  });

  it("are read from exactly one tag, and the answer says why", () => {
    const reasons = {
      "*": /\* would overwrite any other change/,
      '"3", "4"': /must be one ETag/,
      '"3","3"': /must be one ETag/,
      '"3", *': /\* would overwrite/,
      "3": /must be an ETag in quotes/,
      'w/"3"': /must be an ETag in quotes/,
      "": /must be an ETag in quotes/,
      '"3': /must be an ETag in quotes/,
    };
    for (const [tag, message] of Object.entries(reasons)) {
      assert.throws(() => readIfMatch(tag), { code: "validation_failed", message }, tag);
    }
  });
});
