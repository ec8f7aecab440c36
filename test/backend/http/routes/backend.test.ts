import assert from "node:assert/strict";

import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { Backend, PermissionList } from "xtremepush-access/schemas";
import { announceRestore } from "../../../../backend/src/changes/announce-restore";
import { callerOf } from "../../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../../support/backend/backend";

describe("the routes of the backend itself", function () {
  this.timeout(30_000);
  let backend: TestBackend;

  before(async () => {
    backend = await startTestBackend({ version: "1.2.3" });
  });
  after(() => backend.close());

  it("give any actor the backend's identity and version", async () => {
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", []));

    const answer = await viewer("GET /v1/backend");

    const { id, version, epoch } = Backend.parse(answer.body);
    assert.match(id, /^xpb_[a-z2-7]{26}$/);
    assert.equal(version, "1.2.3");
    assert.equal(epoch, 1);
  });

  it("give the time of the latest change, and the epoch that the database has now", async () => {
    const viewer = callerOf(backend.endpoint, await backend.makeActor("viewer", []));
    const before = Backend.parse((await viewer("GET /v1/backend")).body);
    const now = new Date(Date.parse(before.changedTime ?? "") + 60_000);

    const { epoch } = await announceRestore(backend.database, {
      ...{ now, madeUntil: null, endsSecrets: false, revokes: [] },
    });

    const after = Backend.parse((await viewer("GET /v1/backend")).body);
    assert.equal(after.epoch, epoch);
    assert.equal(after.changedTime, now.toISOString());
    assert.equal(after.id, before.id);
  });

  it("list the whole catalog in its order", async () => {
    const answer = await callerOf(backend.endpoint, backend.adminToken)("GET /v1/permissions");

    const { items } = PermissionList.parse(answer.body);
    assert.deepEqual(
      items.map(({ id }) => id),
      PERMISSION_IDS,
    );
    assert.deepEqual([items[0]?.group, items[0]?.scope, items[0]?.scopeLabel], ["common", "create", "Create"]);
  });

  it("give answers that no cache may keep", async () => {
    const answer = await callerOf(backend.endpoint, backend.adminToken)("GET /v1/backend");

    assert.equal(answer.headers.get("cache-control"), "no-store");
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
  });
});
