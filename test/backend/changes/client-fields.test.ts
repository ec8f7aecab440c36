import assert from "node:assert/strict";
import { pickColumns } from "../../../backend/src/changes/client-fields";

describe("fields of clients", () => {
  it("makes a column that a request leaves out null", () => {
    const request = { project: "web", name: "CRM", secretVersion: 1, publicKeys: { ci: "a PEM" } };

    assert.deepEqual(pickColumns(request), { name: "CRM", description: null, managedBy: null, secretVersion: 1 });
  });

  it("keeps what a request or a row has, and nothing that callers do not set", () => {
    const row = {
      id: "xpc_a",
      name: "CRM",
      description: "Nightly",
      managedBy: "acme/urn",
      secretVersion: 0,
      revision: 7,
    };

    assert.deepEqual(pickColumns(row), {
      name: "CRM",
      description: "Nightly",
      managedBy: "acme/urn",
      secretVersion: 0,
    });
  });
});
