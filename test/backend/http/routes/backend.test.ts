import assert from "node:assert/strict";
import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { Backend, PermissionList } from "xtremepush-access/schemas";
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

    const { id, version } = Backend.parse(answer.body);
    assert.match(id, /^xpb_[a-z2-7]{26}$/);
    assert.equal(version, "1.2.3");
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
