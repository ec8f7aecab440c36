import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import type {
  AccessClient,
  Client,
  ClientChanged,
  ClientCreated,
  ClientDeleted,
  ClientPatch,
  ClientWithGrant,
  Listing,
} from "xtremepush-access";
import { CLIENT_ID } from "../../../support/backend/management-answers";
import { suiteAccess } from "../../../support/backend/suite-access";
import { collected } from "../../../support/sdk/collected";

describe("access.clients", () => {
  const suite = suiteAccess();

  it("makes a client and tells its secret this once", async () => {
    const { editor } = suite();

    const made = await editor.clients.create("retail", { name: " CRM sync ", description: "Nightly" });
    const read = await editor.clients.get("retail", made.id);

    assert.match(made.id, /^xpc_[a-z2-7]{26}$/);
    assert.match(made.clientSecret ?? "", /^xpcs_[0-9A-Za-z]{49}$/);
    assert.equal(made.takenOver, false);
    assert.equal(made.name, "CRM sync");
    assert.equal(made.description, "Nightly");
    assert.equal(made.revision, 1);
    assert.equal(made.createdBy, "ci");
    assert.equal("clientSecret" in read, false);
    assert.equal(read.revision, 1);
  });

  it("makes a client without a secret", async () => {
    const made = await suite().editor.clients.create("retail", { name: "Keys only", secretVersion: 0 });

    assert.equal(made.clientSecret, null);
    assert.equal(made.secretVersion, 0);
  });

  it("names the client that has the name", async () => {
    const { editor } = suite();
    const first = await editor.clients.create("retail", { name: "Caf\u00e9" });

    const calling = editor.clients.create("retail", { name: "Cafe\u0301" });

    await assert.rejects(calling, (error: { name: string; code: string; current: { id: string } }) => {
      assert.equal(error.name, "ConflictError");
      assert.equal(error.code, "name_taken");
      assert.equal(error.current.id, first.id);
      return true;
    });
  });

  it("changes a client from the revision that was read", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Before" });

    const changed = await editor.clients.update("retail", id, { name: "After" }, { ifMatch: 1 });

    assert.equal(changed.name, "After");
    assert.equal(changed.revision, 2);
    await assert.rejects(editor.clients.update("retail", id, { name: "Late" }, { ifMatch: 1 }), {
      name: "RevisionMismatchError",
      code: "revision_mismatch",
      message: /failed: 412, changed by ci at .*Z since revision 1 \(now 2\); /,
    });
  });

  it("removes a client and answers it as it was at the end", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Short-lived", description: "Kept" });

    const answer = await editor.clients.delete("retail", id, { ifMatch: 1 });

    assert.deepEqual([answer.id, answer.description, answer.revision, answer.secrets], [id, "Kept", 1, []]);
    assert.match(answer.deletedTime ?? "", /^\d{4}-\d\d-\d\dT/);
    await assert.rejects(editor.clients.get("retail", id), { name: "NotFoundError", code: "client_not_found" });
    await assert.rejects(editor.clients.delete("retail", id, { ifMatch: 1 }), { code: "client_not_found" });
  });

  it("keeps a client whose permissions another owner manages, when the caller limits the delete", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Shared", managedBy: "team-a/urn" });
    const managedBy = "team-b/urn";
    await editor.grants.put("retail", id, { permissions: ["list:profile"], managedBy }, { ifMatch: 0 });
    const limited = (grantOwnerPrefix: string) => editor.clients.delete("retail", id, { ifMatch: 1, grantOwnerPrefix });

    await assert.rejects(limited("team-a/"), {
      name: "ConflictError",
      code: "owner_conflict",
      message: /409, the client xpc_\w+ \("Shared"\) has 1 permission that team-b\/urn manages, /,
    });
    await assert.rejects(limited("team-b"), {
      name: "ValidationError",
      message: /^clients\.delete: grantOwnerPrefix: end the owner with a slash/,
    });
    assert.equal((await limited("team-b/")).id, id);
  });

  it("finds a removed client and its grant where it is asked for, and brings it back under its ID", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Undone" });
    await editor.grants.put("retail", id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    await editor.clients.delete("retail", id, { ifMatch: 1 });

    const removed = await editor.clients.get("retail", id, { state: "deleted" });
    const grant = await editor.grants.get("retail", id, { state: "any" });
    const { items } = await editor.clients.list("retail", { state: "deleted", name: "Undone" });
    const back = await editor.clients.restore("retail", id, { name: "Undone again", managedBy: "acme/urn" });

    assert.notEqual(removed.deletedTime, null);
    assert.deepEqual(grant.permissions, ["list:profile"]);
    assert.deepEqual(
      items.map((client) => client.id),
      [id],
    );
    assert.deepEqual(
      [back.id, back.name, back.managedBy, back.revision, back.deletedTime],
      [id, "Undone again", "acme/urn", 2, null],
    );
  });

  it("rotates a secret and tells the new one this once", async () => {
    const { editor } = suite();
    const { id, clientSecret } = await editor.clients.create("retail", { name: "Rotated" });

    const changed = await editor.clients.update(
      "retail",
      id,
      { secretVersion: 2, secretOverlap: "1h" },
      { ifMatch: 1 },
    );

    assert.match(changed.clientSecret ?? "", /^xpcs_[0-9A-Za-z]{49}$/);
    assert.notEqual(changed.clientSecret, clientSecret);
    assert.deepEqual(
      changed.secrets.map(({ version, expiresTime }) => [version, expiresTime === null]),
      [
        [1, false],
        [2, true],
      ],
    );
  });

  it("refuses a state, a version and an overlap that there are not, before anything is sent", async () => {
    const { editor } = suite();
    const update = (patch: ClientPatch) => editor.clients.update("retail", CLIENT_ID, patch, { ifMatch: 1 });

    await assert.rejects(editor.clients.get("retail", CLIENT_ID, { state: "gone" as "any" }), {
      errors: [{ field: "state", message: 'Invalid option: expected one of "live"|"deleted"|"any"' }],
    });
    await assert.rejects(update({ secretVersion: 1.5 }), {
      errors: [{ field: "secretVersion", message: "the version of a secret is a whole number" }],
    });
    await assert.rejects(update({ secretOverlap: "91d" }), {
      errors: [{ field: "secretOverlap", message: "an overlap is at most 90d" }],
    });
  });

  it("lists clients with their grants, page by page", async () => {
    const { editor, viewer } = suite();
    const names = ["Page 1", "Page 2", "Page 3"];
    for (const name of names) await editor.clients.create("retail", { name, managedBy: `acme/${name}` });

    const first = await viewer.clients.list("retail", { limit: 2 });
    const all = await collected(viewer.clients.list("retail", { limit: 2 }));
    const second = await viewer.clients.list("retail", { name: "Page 2" });
    const third = await viewer.clients.list("retail", { managedBy: "acme/Page 3" });

    assert.equal(first.items.length, 2);
    assert.notEqual(first.nextCursor, null);
    assert.deepEqual(
      all.map(({ name }) => name).filter((name) => name.startsWith("Page")),
      names,
    );
    assert.equal(new Set(all.map(({ id }) => id)).size, all.length);
    assert.deepEqual(
      second.items.map(({ name }) => name),
      ["Page 2"],
    );
    assert.deepEqual(second.items[0]?.grant.permissions, []);
    assert.deepEqual(
      third.items.map(({ name }) => name),
      ["Page 3"],
    );
  });

  it("lists the clients that have a permission", async () => {
    const { editor } = suite();
    const { id } = await editor.clients.create("retail", { name: "Exporter" });
    await editor.grants.put("retail", id, { permissions: ["export:segment"] }, { ifMatch: 0 });

    const { items } = await editor.clients.list("retail", { permission: "export:segment" });

    assert.deepEqual(
      items.map((client) => [client.name, client.grant.permissions]),
      [["Exporter", ["export:segment"]]],
    );
  });

  it("is not for viewers to change", async () => {
    const calling = suite().viewer.clients.create("retail", { name: "Mine" });

    await assert.rejects(calling, { name: "PermissionDeniedError", code: "forbidden" });
  });

  it("tells a client that is not there from a project that is not to be seen", async () => {
    const { editor } = suite();

    await assert.rejects(editor.clients.get("retail", CLIENT_ID), { code: "client_not_found" });
    await assert.rejects(editor.clients.get("nowhere", CLIENT_ID), { code: "project_not_found" });
  });

  it("refuses input before anything is sent, with the names of its fields", async () => {
    const { editor } = suite();

    await assert.rejects(editor.clients.create("retail", { name: "\u0000" }), {
      name: "ValidationError",
      status: undefined,
      errors: [{ field: "name", message: "the name must not contain control or invisible characters: \\u{0}" }],
    });
    await assert.rejects(editor.clients.get("retail", "../../../actors"), {
      name: "ValidationError",
      errors: [{ field: "client", message: "a client ID is xpc_ and 26 characters of a-z, 2-7" }],
    });
    await assert.rejects(async () => editor.clients.list("retail", { limit: 1_001 }), { name: "ValidationError" });
  });

  it("is typed", () => {
    expectTypeOf<AccessClient["clients"]["create"]>().returns.resolves.toEqualTypeOf<ClientCreated>();
    expectTypeOf<AccessClient["clients"]["update"]>().returns.resolves.toEqualTypeOf<ClientChanged>();
    expectTypeOf<AccessClient["clients"]["delete"]>().returns.resolves.toEqualTypeOf<ClientDeleted>();
    expectTypeOf<AccessClient["clients"]["restore"]>().returns.resolves.toEqualTypeOf<Client>();
    expectTypeOf<AccessClient["clients"]["list"]>().returns.toEqualTypeOf<Listing<ClientWithGrant>>();
    expectTypeOf<AccessClient["clients"]["delete"]>().parameter(2).toHaveProperty("ifMatch").toEqualTypeOf<number>();
  });
});
