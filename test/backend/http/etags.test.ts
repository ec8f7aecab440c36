import assert from "node:assert/strict";
import { etagOf, revisionOf } from "../../../backend/src/http/etags";

describe("revisions in headers", () => {
  it("are read from the ETag that they are written as", () => {
    assert.equal(etagOf(3), '"3"');
    assert.equal(revisionOf(etagOf(3)), 3);
    assert.equal(revisionOf(etagOf(0)), 0);
  });

  it("are needed by a write", () => {
    assert.throws(() => revisionOf(undefined), { code: "precondition_required" });
  });

  it("are not read from anything but one strong tag", () => {
    for (const tag of ["*", "3", 'W/"3"', '"3", "4"', '"03"', '"3.5"', '"99999999999"']) {
      assert.throws(() => revisionOf(tag), { code: "validation_failed" }, tag);
    }
  });
});
