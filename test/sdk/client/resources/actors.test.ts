import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { suiteAccess } from "../../../support/backend/suite-access";
import { collected } from "../../../support/sdk/collected";

describe("access.actors", () => {
  const suite = suiteAccess();

  it("makes an actor, whose token works until it is revoked", async () => {
    const { admin, backend } = suite();

    const made = await admin.actors.create({ name: "pipeline", role: "viewer", projects: ["retail"] });
    const pipeline = new AccessClient({ endpoint: backend.endpoint, token: made.token });
    const seen = await pipeline.projects.list();
    await admin.actors.revoke(made.id);

    assert.match(made.token, /^xpat_/);
    assert.deepEqual(
      seen.items.map(({ slug }) => slug),
      ["retail"],
    );
    await assert.rejects(pipeline.projects.list().then(), { name: "AuthenticationError", code: "unauthenticated" });
  });

  it("lists actors without their tokens", async () => {
    const { admin } = suite();

    const actors = await collected(admin.actors.list({ limit: 2 }));

    const ci = actors.find(({ name }) => name === "ci");
    assert.equal(ci?.role, "editor");
    assert.deepEqual(ci?.projects, ["retail"]);
    assert.equal(
      actors.some((actor) => "token" in actor),
      false,
    );
  });

  it("keeps the last admin", async () => {
    const { admin } = suite();
    const actors = await collected(admin.actors.list());
    const last = actors.find(({ role }) => role === "admin");

    const calling = admin.actors.revoke(last?.id ?? "");

    await assert.rejects(calling, { name: "ConflictError", code: "last_admin" });
  });

  it("is for admins", async () => {
    const { editor } = suite();

    await assert.rejects(async () => editor.actors.list(), { name: "PermissionDeniedError" });
    await assert.rejects(editor.actors.create({ name: "friend", role: "admin" }), { name: "PermissionDeniedError" });
  });

  it("refuses what does not fit before it is sent", async () => {
    const { admin } = suite();

    await assert.rejects(admin.actors.create({ name: "x", role: "editor" }), {
      name: "ValidationError",
      errors: [
        {
          field: "projects",
          message:
            "list the projects of a gateway, a viewer or an editor; leave projects out for an admin, who has all of them",
        },
      ],
    });
    await assert.rejects(admin.actors.revoke("../projects"), { name: "ValidationError", status: undefined });
  });
});
