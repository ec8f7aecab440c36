import assert from "node:assert/strict";
import { etagOf, expectRevision, revisionOf } from "../../backend/src/revisions";

const CURRENT = {
  id: "xpc_a",
  name: "CRM",
  managedBy: null,
  revision: 4,
  updatedBy: "ben",
  updatedTime: "2030-05-01T12:00:00.000Z",
};

describe("revisions", () => {
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

  it("let a write of the live one through", () => {
    assert.doesNotThrow(() => expectRevision({ key: "xpc_a", revision: 4 }, CURRENT));
  });

  it("stop a write of another one with who changed it, when, and what to do", () => {
    assert.throws(() => expectRevision({ key: "xpc_a", revision: 3 }, CURRENT), {
      code: "revision_mismatch",
      message:
        "xpc_a is at revision 4, not 3; last changed by ben at 2030-05-01T12:00:00.000Z; read it again, then decide",
    });
  });
});
