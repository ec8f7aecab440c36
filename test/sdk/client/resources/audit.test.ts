import assert from "node:assert/strict";
import { suiteAccess } from "../../../support/backend/suite-access";
import { collected } from "../../../support/sdk/collected";

describe("access.audit", () => {
  const suite = suiteAccess();

  it("tells what was done to a client and its grant, newest first", async () => {
    const { editor, viewer } = suite();
    const { id } = await editor.clients.create("retail", { name: "Watched" });
    await editor.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 0 });

    const { items } = await viewer.audit.ofClient("retail", id);

    assert.deepEqual(
      items.map(({ action, actor, target }) => [action, actor.name, target.project]),
      [
        ["grant.update", "ci", "retail"],
        ["client.create", "ci", "retail"],
      ],
    );
    assert.deepEqual(items[0]?.after?.["permissions"], ["list:tag"]);
  });

  it("tells what was done in a project, page by page, of deleted clients too", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Deleted" });
    await editor.clients.delete("retail", id, { ifMatch: 1 });

    const events = await collected(editor.audit.ofProject("retail", { limit: 3 }));

    const actions = events.filter(({ target }) => target.id === id).map(({ action }) => action);
    assert.deepEqual(actions, ["client.delete", "client.create"]);
  });

  it("tells admins everything, and nobody else", async () => {
    const { admin, editor } = suite();

    const { items } = await admin.audit.all({ limit: 1_000 });

    assert.equal(
      items.some(({ action }) => action === "project.create"),
      true,
    );
    await assert.rejects(async () => editor.audit.all(), { name: "PermissionDeniedError", code: "forbidden" });
  });
});
