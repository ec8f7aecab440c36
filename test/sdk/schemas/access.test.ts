import assert from "node:assert/strict";
import { AccessChanges, AccessChangesQuery, AccessQuery } from "xtremepush-access/schemas";

const ENTRY = {
  ...{ clientId: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", name: "CRM", project: "retail", revision: 3, validFromRevision: 2 },
  ...{ permissions: ["list:profile", "list:newer-thing"], deleted: false },
};
const DELETED = { clientId: "xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", project: "retail", deleted: true };
const REVOKED = { revokedToken: { jti: "f3", expires: "2026-02-03T04:05:06.789Z" } };
const NO_CHANGES = { sequence: "7", changes: [], more: false, reset: false, signingKeys: { keys: [] } };

describe("changes of access", () => {
  it("are clients, deleted clients and revoked tokens, with what a newer backend adds", () => {
    const changes = [ENTRY, DELETED, REVOKED, { ...ENTRY, colour: "red" }];

    const read = AccessChanges.parse({ ...NO_CHANGES, changes });

    assert.deepEqual(read.changes, changes);
  });

  it("are never half a client", () => {
    const { permissions: _, ...half } = ENTRY;
    const answer = { ...NO_CHANGES, changes: [half] };

    assert.equal(AccessChanges.safeParse(answer).success, false);
  });

  it("are asked for after a sequence, with a wait of 25 seconds at most", () => {
    assert.deepEqual(AccessChangesQuery.parse({ after: "7", wait: "25" }), { after: "7", wait: 25 });
    assert.deepEqual(AccessChangesQuery.parse({ after: "7" }), { after: "7", wait: 0 });
    assert.equal(AccessChangesQuery.safeParse({ wait: 1 }).success, false);
    assert.equal(AccessChangesQuery.safeParse({ after: "7", wait: 26 }).success, false);
  });
});

describe("a page of the snapshot of access", () => {
  it("is of one project or of all", () => {
    assert.deepEqual(AccessQuery.parse({ project: "retail", limit: "20" }), { project: "retail", limit: 20 });
    assert.deepEqual(AccessQuery.parse({}), { limit: 100 });
    assert.equal(AccessQuery.safeParse({ project: "Retail" }).success, false);
  });
});
