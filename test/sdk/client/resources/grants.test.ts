import assert from "node:assert/strict";
import { suiteAccess } from "../../../support/backend/suite-access";

describe("access.grants", () => {
  const suite = suiteAccess();

  it("is empty, at revision 0 and of nobody before it was ever set", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "New" });

    const grant = await editor.grants.get("retail", id);

    assert.deepEqual(grant.permissions, []);
    assert.equal(grant.revision, 0);
    assert.equal(grant.managedBy, null);
    assert.equal(grant.updatedBy, null);
  });

  it("replaces the whole set, in whatever order it is given", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Changed" });

    await editor.grants.put("retail", id, { permissions: ["list:profile", "create:list"] }, { ifMatch: 0 });
    const grant = await editor.grants.put(
      "retail",
      id,
      { permissions: ["list:tag", "create:list", "list:tag"], managedBy: "acme/urn" },
      { ifMatch: 1 },
    );

    assert.deepEqual(grant.permissions, ["create:list", "list:tag"]);
    assert.equal(grant.revision, 2);
    assert.equal(grant.managedBy, "acme/urn");
    assert.equal(grant.updatedBy, "ci");
    assert.deepEqual(await editor.grants.get("retail", id), grant);
  });

  it("changes nothing when the set is the same", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Same" });
    await editor.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 0 });

    const grant = await editor.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 1 });

    assert.equal(grant.revision, 1);
  });

  it("refuses a change from a revision that is not the last", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Raced" });
    await editor.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 0 });

    const calling = editor.grants.put("retail", id, { permissions: [] }, { ifMatch: 0 });

    await assert.rejects(calling, {
      name: "RevisionMismatchError",
      status: 412,
      message: /changed by ci at .* since revision 0/,
    });
  });

  it("refuses a permission that nobody knows, and names the nearest", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Typo" });
    const permissions: "list:profile"[] = JSON.parse('["list:profil"]');

    const calling = editor.grants.put("retail", id, { permissions }, { ifMatch: 0 });

    await assert.rejects(calling, {
      name: "ValidationError",
      message: 'grants.put: permissions.0: unknown permission "list:profil"; did you mean "list:profile"?',
    });
  });
});
