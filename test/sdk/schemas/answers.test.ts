import assert from "node:assert/strict";
import {
  Actor,
  AuditEvent,
  Backend,
  Client,
  ClientPage,
  Grant,
  Introspection,
  PermissionList,
  PROBLEMS,
  Problem,
} from "xtremepush-access/schemas";

const GRANT = {
  client: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa",
  project: "retail",
  permissions: ["list:profile", "list:newer-thing"],
  revision: 3,
  managedBy: null,
  createdBy: "ana@acme",
  createdTime: "2026-02-03T04:05:06.789Z",
  updatedBy: "ana@acme",
  updatedTime: "2026-02-03T04:05:06.789Z",
};
const CLIENT = {
  ...{ id: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", project: "retail", name: "CRM sync", description: null },
  ...{ secretVersion: 1, secrets: [], publicKeys: {}, lastUsedTime: null, deletedTime: null },
  ...{ revision: 1, managedBy: null },
  ...{ createdBy: "ana@acme", createdTime: "2026-02-03T04:05:06.789Z" },
  ...{ updatedBy: "ana@acme", updatedTime: "2026-02-03T04:05:06.789Z" },
};

describe("answers are read leniently", () => {
  it("so that a permission of a newer backend is kept", () => {
    assert.deepEqual(Grant.parse(GRANT).permissions, ["list:profile", "list:newer-thing"]);
  });

  it("so that a field of a newer backend is kept", () => {
    assert.deepEqual(Client.parse({ ...CLIENT, colour: "red" }), { ...CLIENT, colour: "red" });
    const backend = { id: "b", version: "9", epoch: 2, changedTime: null, region: "eu" };
    assert.deepEqual(Backend.parse(backend), backend);
    assert.deepEqual(ClientPage.parse({ items: [{ ...CLIENT, grant: GRANT }], nextCursor: null, total: 1 }).items, [
      { ...CLIENT, grant: GRANT },
    ]);
  });

  it("so that a role, an action, a risk or a code of a newer backend is kept", () => {
    const actor = { id: "xpa_", name: "ci", role: "auditor", projects: null, ownerPrefix: null, createdBy: "ana" };
    const event = {
      id: "1",
      action: "client.freeze",
      managedBy: null,
      revision: 4,
      before: null,
      after: { name: "x" },
      requestId: "xpr_",
    };
    const place = { actor: { id: "a", name: "ana" }, target: { type: "client", id: "c", name: null, project: null } };
    const time = "2026-02-03T04:05:06.789Z";

    assert.equal(Actor.parse({ ...actor, createdTime: time, expiresTime: null, revokedTime: null }).role, "auditor");
    assert.equal(AuditEvent.parse({ ...event, ...place, time }).action, "client.freeze");
    assert.equal(Introspection.parse({ active: false }).active, false);
  });

  it("so that an actor and an audit row of an older backend are read", () => {
    const time = "2026-02-03T04:05:06.789Z";
    const actor = { id: "xpa_", name: "ci", role: "editor", projects: ["retail"], createdBy: "ana", createdTime: time };
    const target = { type: "client", id: "c", name: null, project: null };
    const event = { id: "1", time, actor: { id: "a", name: "ana" }, action: "client.update", target, managedBy: null };

    assert.equal(Actor.parse({ ...actor, expiresTime: null, revokedTime: null }).ownerPrefix, null);
    assert.equal(AuditEvent.parse({ ...event, before: null, after: null, requestId: "xpr_" }).revision, null);
  });

  it("so that a kind of key, an algorithm and a fact of a secret of a newer backend are kept", () => {
    const key = {
      type: "jwk",
      algorithms: ["ES256", "Ed25519"],
      fingerprint: "ab",
      notBefore: null,
      expiresTime: null,
    };
    const times = { createdTime: "2026-02-03T04:05:06.789Z", firstUsedTime: null, lastUsedTime: null };
    const answer = {
      ...CLIENT,
      secrets: [{ version: 2, ...times, supersededTime: null, expiresTime: null, frozen: true }],
      publicKeys: { constructor: { pem: "", ...key } },
    };

    assert.deepEqual(Client.parse(answer), answer);
  });

  it("so that a problem with a new code is read", () => {
    const problem = {
      type: "about:blank",
      title: "Frozen",
      status: 423,
      code: "frozen",
      detail: "It is frozen",
      requestId: "xpr_",
    };

    assert.deepEqual(Problem.parse(problem), problem);
  });
});

describe("answers that do not fit are refused", () => {
  it("when a field is missing or of another type", () => {
    const { revision: _, ...withoutRevision } = GRANT;

    assert.equal(Grant.safeParse(withoutRevision).success, false);
    assert.equal(Grant.safeParse({ ...GRANT, permissions: "list:profile" }).success, false);
    assert.equal(Grant.safeParse({ ...GRANT, revision: "3" }).success, false);
    assert.equal(Client.safeParse({ ...CLIENT, updatedTime: "yesterday" }).success, false);
    assert.equal(Client.safeParse({ ...CLIENT, publicKeys: { main: { pem: "" } } }).success, false);
    assert.equal(Client.safeParse({ ...CLIENT, secrets: undefined }).success, false);
    assert.equal(ClientPage.safeParse({ items: [] }).success, false);
    assert.equal(PermissionList.safeParse({ items: [{ id: "list:profile" }] }).success, false);
  });
});

describe("a grant that was never set", () => {
  it("is empty, at revision 0 and of nobody", () => {
    const never = { createdBy: null, createdTime: null, updatedBy: null, updatedTime: null };

    const grant = Grant.parse({ ...GRANT, ...never, permissions: [], revision: 0 });

    assert.deepEqual(grant.permissions, []);
    assert.equal(grant.updatedBy, null);
  });
});

describe("the problems of the management API", () => {
  it("have statuses that say that a call failed, and titles", () => {
    for (const [code, { status, title }] of Object.entries(PROBLEMS)) {
      assert.match(code, /^[a-z]+(_[a-z]+)*$/);
      assert.equal(status >= 400 && status < 600, true, code);
      assert.notEqual(title, "");
    }
  });
});
