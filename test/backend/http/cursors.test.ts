import assert from "node:assert/strict";
import { decodeCursor, encodeCursor } from "../../../backend/src/http/cursors";

describe("cursors", () => {
  it("give back the position that they were created from", () => {
    const cursor = encodeCursor({ of: "clients", project: "web" }, ["2030-05-01T12:00:00.000Z", "xpc_a"]);

    assert.deepEqual(decodeCursor({ of: "clients", project: "web" }, cursor), ["2030-05-01T12:00:00.000Z", "xpc_a"]);
  });

  it("stand for the first page when there is none", () => {
    assert.equal(decodeCursor({ of: "clients" }, undefined), null);
  });

  it("are refused by another listing", () => {
    const cursor = encodeCursor({ of: "clients", project: "web" }, ["a"]);

    assert.throws(() => decodeCursor({ of: "clients", project: "shop" }, cursor), /belongs to another listing/);
  });

  it("are refused when the backend did not create them", () => {
    for (const cursor of ["x", "e30", "W10", "WzFd", "bnVsbA"]) {
      assert.throws(() => decodeCursor({ of: "clients" }, cursor), { code: "validation_failed" });
    }
  });
});
