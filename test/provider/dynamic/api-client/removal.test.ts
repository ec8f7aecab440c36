import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { composeOwner, composeUrn, RESOURCE_TYPES } from "pulumi-xtremepush/protocol";
import type { Permission } from "xtremepush-access";
import { makeHandledClient } from "../../../support/provider/handled-client";
import { type ProviderBackend, startProviderBackend, stateOf } from "../../../support/provider/handlers";

/** The owner of a new grant of a stack and Pulumi project. */
function grantOwner(stack: string, pulumiProject: string): string {
  const urn = composeUrn({
    stack,
    pulumiProject,
    parent: "",
    type: RESOURCE_TYPES.scopeGrant.token,
    name: randomUUID(),
  });
  return composeOwner("acme-org", urn);
}

describe("the delete of an ApiClient, where its grant", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  /** Makes a client whose grant has this owner. */
  async function clientWithGrant(managedBy: string | null, permissions: readonly Permission[] = ["list:segment"]) {
    const client = await makeHandledClient(backend);
    await backend.admin.grants.put("acme", client.id, { permissions, managedBy }, { ifMatch: 1 });
    return client;
  }

  for (const [what, managedBy] of [
    ["another Pulumi project", grantOwner("dev", "others")],
    ["another stack", grantOwner("prod", "programs")],
    ["a stack whose name only begins alike", grantOwner("dev", "programs-2")],
    ["another tool", "terraform/crm"],
  ] as const) {
    it(`belongs to ${what}, is refused with the ways out, and changes nothing`, async () => {
      const { handlers, id, declared, state } = await clientWithGrant(managedBy);
      const before = await backend.admin.grants.get("acme", id);

      await assert.rejects(handlers.apiClient.delete(id, state), {
        message: [
          `client ${id} ("${declared.name}") is not deleted: its permissions are managed by another program, ${managedBy} (last set by admin at ${before.updatedTime}), and would end with it`,
          "remove the ScopeGrant from that program first, or, to end its permissions too:",
          `  1. \`xtremepush-access-backend client release ${id} --grant --project acme\``,
          "  2. run this again",
          "see the guide docs/guides/several-teams.md",
        ].join("\n"),
      });

      assert.deepEqual(await backend.admin.grants.get("acme", id), before);
    });
  }

  for (const [what, managedBy, permissions] of [
    ["belongs to this program", grantOwner("dev", "programs"), ["list:segment"]],
    ["has no owner", null, ["list:segment"]],
    ["is another program's and empty", grantOwner("dev", "others"), []],
  ] as const) {
    it(`${what}, is done without a warning`, async () => {
      const { handlers, id, state } = await clientWithGrant(managedBy, permissions);

      await handlers.apiClient.delete(id, state);

      await assert.rejects(backend.admin.clients.get("acme", id), { code: "client_not_found" });
      assert.deepEqual(handlers.warnings, []);
    });
  }

  it("was released, is done", async () => {
    const { handlers, id, state } = await clientWithGrant(grantOwner("dev", "others"));
    await assert.rejects(handlers.apiClient.delete(id, state), { message: /is not deleted: its permissions/ });
    await backend.admin.grants.put("acme", id, { permissions: ["list:segment"], managedBy: null }, { ifMatch: 2 });

    await handlers.apiClient.delete(id, state);

    await assert.rejects(backend.admin.clients.get("acme", id), { code: "client_not_found" });
  });

  it("and the client have changed their owner in an interrupted run, is done after the next one", async () => {
    const { handlers, id, declared, state } = await clientWithGrant(null);
    const moved = { ...declared, managedBy: `${declared.managedBy}-moved` };
    await handlers.apiClient.update(id, state, moved);
    const { props = {} } = await handlers.apiClient.read(id, state);
    const refreshed = stateOf(props);

    const { changes } = await handlers.apiClient.diff(id, refreshed, moved);
    const { outs } = await handlers.apiClient.update(id, refreshed, moved);
    await handlers.apiClient.delete(id, stateOf(outs));

    assert.equal(changes, true);
    assert.equal((await handlers.apiClient.diff(id, stateOf(outs), moved)).changes, false);
    await assert.rejects(backend.admin.clients.get("acme", id), { code: "client_not_found" });
    assert.deepEqual(handlers.warnings, []);
  });
});

describe("the delete after a rename of the program whose run was killed", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const renamed = (owner: string) => owner.replace(/^acme-org\//, "acme-new/");

  /** A client that the killed run has given the new owner, as a refresh reads it, and its handlers. */
  async function renamedClient() {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { managedBy: renamed(declared.managedBy) }, { ifMatch: 1 });
    return { handlers, id, declared, state: stateOf((await handlers.apiClient.read(id, state)).props ?? {}) };
  }

  for (const [what, ownerOfGrant] of [
    ["its grant has the new owner", renamed],
    ["its grant has the old one", (owner: string) => owner],
  ] as const) {
    it(`deletes the client that the program no longer has, when ${what}`, async () => {
      const [gone, other] = [await renamedClient(), await makeHandledClient(backend)];
      const managedBy = ownerOfGrant(gone.declared.managedBy);
      await backend.admin.grants.put("acme", gone.id, { permissions: ["list:segment"], managedBy }, { ifMatch: 1 });
      const inputs = { ...other.declared, managedBy: renamed(other.declared.managedBy) };
      await gone.handlers.apiClient.check(other.declared, inputs);
      await gone.handlers.apiClient.diff(other.id, other.state, inputs);

      await gone.handlers.apiClient.delete(gone.id, gone.state);

      assert.deepEqual(gone.handlers.warnings, []);
      await assert.rejects(backend.admin.clients.get("acme", gone.id), { code: "client_not_found" });
    });
  }

  it("leaves a client whose owner another actor has changed, with a warning", async () => {
    const { handlers, id, state } = await renamedClient();

    await handlers.apiClient.delete(id, state);

    assert.match(handlers.warnings[0] ?? "", / is not deleted: it is now managed by "?acme-new\//);
  });
});

describe("the delete after a killed exchange of names", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  it("deletes the client that the killed run left at its passing name", async () => {
    const { handlers, id, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { name: `${id} (being renamed)` }, { ifMatch: 1 });

    await handlers.apiClient.delete(id, state);

    await assert.rejects(backend.admin.clients.get("acme", id), { code: "client_not_found" });
    assert.deepEqual(handlers.warnings, []);
  });

  it("reports what somebody has changed since, and deletes nothing", async () => {
    const { handlers, id, state } = await makeHandledClient(backend);
    await backend.admin.clients.update("acme", id, { name: `${id} (being renamed)` }, { ifMatch: 1 });
    await backend.admin.clients.update("acme", id, { description: "keep this" }, { ifMatch: 2 });

    await assert.rejects(handlers.apiClient.delete(id, state), {
      message: /changed by admin at .*; it was not deleted/,
    });

    assert.equal((await backend.admin.clients.get("acme", id)).description, "keep this");
  });
});
