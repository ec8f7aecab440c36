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

  it("are not read from anything but one strong tag", () => {
    for (const tag of ["*", "3", 'W/"3"', '"3", "4"', '"03"', '"3.5"', '"99999999999"']) {
      assert.throws(() => readIfMatch(tag), { code: "validation_failed" }, tag);
    }
  });
});
