import assert from "node:assert/strict";
import type { AuditEvent } from "xtremepush-access/schemas";
import { replay } from "./record";

const CREATED = row("1", "client.create", {
  revision: 1,
  after: { name: "CRM", description: null, managedBy: "acme", secretVersion: 1 },
});
const KEYED = row("2", "client.update", {
  revision: 2,
  before: { publicKeys: { next: null } },
  after: { publicKeys: { next: "ab" } },
});
const GRANTED = row("3", "grant.update", {
  revision: 1,
  before: { permissions: [], managedBy: null },
  after: { permissions: ["list:segment"], managedBy: "acme" },
});
const RENAMED = row("4", "client.update", { revision: 3, before: { name: "CRM" }, after: { name: "CRM sync" } });
const ROTATED = row("5", "client.update", {
  revision: 4,
  before: { secretVersion: 1 },
  after: { secretVersion: 2, secretOverlap: "0s" },
});
const REISSUED = row("6", "client.reissue-secret", { revision: 5 });
const UNKEYED = row("7", "client.update", {
  revision: 6,
  before: { publicKeys: { next: "ab" } },
  after: { publicKeys: { next: null } },
});
const ALL = [CREATED, KEYED, GRANTED, RENAMED, ROTATED, REISSUED, UNKEYED];

describe("the replay of the audit", () => {
  it("ends with what the last rows say", () => {
    const [id, { recorded, gaps } = assert.fail()] = [...replay(ALL)][0] ?? [];

    assert.equal(id, "xpc_1");
    assert.deepEqual(gaps, []);
    assert.deepEqual(recorded, {
      client: { name: "CRM sync", description: null, managedBy: "acme", secretVersion: 2, publicKeys: {} },
      revision: 6,
      grant: { permissions: ["list:segment"], managedBy: "acme" },
      grantRevision: 1,
      deleted: false,
      secrets: 3,
    });
  });

  for (const missing of [CREATED, KEYED, RENAMED, ROTATED, REISSUED]) {
    it(`sees that the row ${missing.id}, ${missing.action}, is missing`, () => {
      const [{ gaps } = assert.fail()] = replay(ALL.filter((one) => one !== missing)).values();

      assert.notDeepEqual(gaps, []);
    });
  }

  it("sees that a row of the grant is missing", () => {
    const next = row("8", "grant.update", { revision: 2, before: { permissions: ["list:segment"] }, after: {} });

    const [{ gaps } = assert.fail()] = replay([CREATED, next]).values();

    assert.deepEqual(gaps, [
      'grant.update 8: permissions was ["list:segment"], not []',
      "grant.update 8: it made revision 2, not 1",
    ]);
  });

  it("counts the secret of a take-over, which makes no revision", () => {
    const [{ recorded, gaps } = assert.fail()] = replay([CREATED, row("2", "client.take-over", {})]).values();

    assert.deepEqual(gaps, []);
    assert.deepEqual([recorded.revision, recorded.secrets], [1, 2]);
  });

  it("brings back a deleted client without its keys, and sees when its end is missing", () => {
    const deleted = row("3", "client.delete", { before: { name: "CRM", permissions: [] } });
    const restored = row("4", "client.restore", {
      revision: 3,
      before: { deletedTime: "2030-05-01T12:00:00.000Z", managedBy: "acme" },
      after: { deletedTime: null, managedBy: null },
    });

    const [{ recorded, gaps } = assert.fail()] = replay([CREATED, KEYED, deleted, restored]).values();
    const [without = assert.fail()] = replay([CREATED, KEYED, restored]).values();

    assert.deepEqual(gaps, []);
    assert.deepEqual([recorded.deleted, recorded.revision, recorded.secrets], [false, 3, 1]);
    assert.deepEqual([recorded.client.managedBy, recorded.client.publicKeys], [null, {}]);
    assert.deepEqual(without.gaps, ["client.restore 4: the client's end is missing"]);
  });

  it("remembers that a client was deleted, and sees what comes after", () => {
    const deleted = row("2", "client.delete", { before: { name: "CRM", permissions: [] } });

    const [{ recorded, gaps } = assert.fail()] = replay([CREATED, deleted, RENAMED]).values();

    assert.equal(recorded.deleted, true);
    assert.ok(gaps.includes("client.update 4: the client was deleted already"));
  });
});

function row(id: string, action: string, changes: Partial<AuditEvent>): AuditEvent {
  const type = action.startsWith("grant") ? "grant" : "client";
  return {
    id,
    time: "2030-05-01T12:00:00.000Z",
    actor: { id: "xpa_1", name: "ana" },
    action,
    target: { type, id: "xpc_1", name: "CRM", project: "web" },
    managedBy: "acme",
    revision: null,
    before: null,
    after: null,
    requestId: "xpr_1",
    ...changes,
  };
}
