import assert from "node:assert/strict";
import { expectRevision } from "../../../backend/src/changes/revisions";

const CURRENT = {
  id: "xpc_a",
  name: "CRM",
  managedBy: null,
  revision: 4,
  updatedBy: "ben",
  updatedTime: "2030-05-01T12:00:00.000Z",
};

describe("revisions", () => {
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
