import assert from "node:assert/strict";
import { suiteAccess } from "../../../support/backend/suite-access";
import { collected } from "../../../support/sdk/collected";

describe("access.projects", () => {
  const suite = suiteAccess();

  it("makes a project, which can be read afterwards", async () => {
    const { admin } = suite();

    const made = await admin.projects.create({ slug: "travel", name: " Travel " });
    const read = await admin.projects.get("travel");

    assert.equal(made.slug, "travel");
    assert.equal(made.name, "Travel");
    assert.equal(made.createdBy, "admin");
    assert.deepEqual(read, made);
  });

  it("names a project by its slug when it has no other name", async () => {
    const made = await suite().admin.projects.create({ slug: "banking" });

    assert.equal(made.name, "banking");
  });

  it("lists what the actor may see", async () => {
    const { admin, editor } = suite();

    const [ofEditor, ofAdmin] = [await editor.projects.list(), await collected(admin.projects.list({ limit: 1 }))];

    assert.deepEqual(
      ofEditor.items.map(({ slug }) => slug),
      ["retail"],
    );
    assert.deepEqual(
      ofAdmin.map(({ slug }) => slug),
      ["banking", "retail", "travel"],
    );
  });

  it("is for admins to make", async () => {
    const calling = suite().editor.projects.create({ slug: "mine" });

    await assert.rejects(calling, { name: "PermissionDeniedError", code: "forbidden", status: 403 });
  });

  it("does not find what is not there or not to be seen", async () => {
    const { admin, editor } = suite();

    await assert.rejects(admin.projects.get("nowhere"), { name: "NotFoundError", code: "project_not_found" });
    await assert.rejects(editor.projects.get("travel"), { name: "NotFoundError", code: "project_not_found" });
  });

  it("refuses a slug before anything is sent", async () => {
    const { admin } = suite();

    await assert.rejects(admin.projects.get("../actors"), { name: "ValidationError", status: undefined });
    await assert.rejects(admin.projects.create({ slug: "Retail" }), {
      name: "ValidationError",
      message: "projects.create: slug: a project is 1 to 63 lower-case letters, digits and inner hyphens",
    });
  });
});
