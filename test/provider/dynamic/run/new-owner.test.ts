import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import type { Properties } from "../../../../provider/src/dynamic/run/wire";
import { type HandledClient, makeHandledClient, ownerOf } from "../../../support/provider/handled-client";
import { openHandlers, type ProviderBackend, startProviderBackend, stateOf } from "../../../support/provider/handlers";

describe("the delete of what an interrupted run gave a new owner", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  /** The owner after the stack was renamed. */
  const inProd = (owner: string) => owner.replace("urn:pulumi:dev::", "urn:pulumi:prod::");
  /** The owner after the resource was renamed, with an alias. */
  const asOther = (owner: string) => `${owner}-2`;
  const isLive = (id: string) =>
    backend.admin.clients.get("acme", id).then(
      () => true,
      () => false,
    );

  describe("from a client", () => {
    /** Runs the update of the owner, whose answer the engine never wrote down. */
    async function killedRename(managedBy: (owner: string) => string) {
      const client = await makeHandledClient(backend);
      const { handlers, id, state, declared } = client;
      await handlers.apiClient.update(id, state, { ...declared, managedBy: managedBy(declared.managedBy) });
      return { ...client, handlers: await openHandlers(backend.environment) };
    }
    const refreshed = async ({ handlers, id, state }: HandledClient) =>
      stateOf((await handlers.apiClient.read(id, state)).props ?? {});

    for (const read of ["without a refresh", "after a refresh"]) {
      const stateIn = (client: HandledClient) => (read === "after a refresh" ? refreshed(client) : client.state);

      it(`is refused ${read}, with what to do, when nothing in the run shows the new name of the program`, async () => {
        const client = await killedRename(inProd);
        const { handlers, id, declared } = client;

        await assert.rejects(handlers.apiClient.delete(id, await stateIn(client)), (error: Error) => {
          const [first, ...ways] = error.message.split("\n");
          assert.match(first ?? "", /^client xpc_\w+ \("client [\w-]+"\) is not deleted: pipeline made /);
          assert.ok(first?.includes(`${inProd(declared.managedBy)}" the owner at 2`), first);
          assert.match(
            ways.join("\n"),
            /^if .*: run `\S+ client delete xpc_\w+ --project acme`.*\nif .* `pulumi state delete`/,
          );
          return true;
        });

        assert.ok(await isLive(id));
        assert.deepEqual(handlers.warnings, []);
      });

      it(`succeeds ${read}, when the run declares another resource of the program`, async () => {
        const client = await killedRename(inProd);
        const { handlers, id } = client;
        await handlers.apiClient.check({}, { name: randomUUID(), managedBy: inProd(ownerOf(randomUUID())) });

        await handlers.apiClient.delete(id, await stateIn(client));

        assert.ok(!(await isLive(id)));
        assert.deepEqual(handlers.warnings, []);
      });

      it(`succeeds ${read}, when the new name is another resource of the same program`, async () => {
        const client = await killedRename(asOther);
        const { handlers, id } = client;

        await handlers.apiClient.delete(id, await stateIn(client));

        assert.ok(!(await isLive(id)));
        assert.deepEqual(handlers.warnings, []);
      });

      it(`leaves the client ${read} to the resource of that name, when the run declares it`, async () => {
        const client = await killedRename(asOther);
        const { handlers, id, declared } = client;
        await handlers.apiClient.check(declared, { ...declared, managedBy: asOther(declared.managedBy) });

        await handlers.apiClient.delete(id, await stateIn(client));

        assert.ok(await isLive(id));
        assert.match(handlers.warnings[0] ?? "", / is not deleted: it is now managed by /);
      });
    }

    it("is refused when the program of the run is another one than that of both owners: its state is a copy", async () => {
      const { handlers, id, state } = await killedRename(asOther);
      await handlers.apiClient.check({}, { name: randomUUID(), managedBy: inProd(ownerOf(randomUUID())) });

      await assert.rejects(handlers.apiClient.delete(id, state), { message: /is not deleted: pipeline made / });
      assert.ok(await isLive(id));
    });

    it("reports what somebody has changed since, and deletes nothing", async () => {
      const { handlers, id, state } = await killedRename(asOther);
      await backend.admin.clients.update("acme", id, { description: "keep this" }, { ifMatch: 2 });

      await assert.rejects(handlers.apiClient.delete(id, state), {
        message:
          /changed by admin at .*; it was not deleted\n {2}revision 3, admin at .*:\n {4}description: null -> "keep this"\n/,
      });
      assert.ok(await isLive(id));
    });

    it("leaves the client to the program with a copy of the state, whichever other one that program declares", async () => {
      const { handlers, id, state } = await killedRename(inProd);
      await handlers.apiClient.check({}, { name: randomUUID(), managedBy: ownerOf(randomUUID()) });

      await assert.rejects(handlers.apiClient.delete(id, state), { message: /is not deleted: pipeline made / });
      assert.ok(await isLive(id));
    });
  });

  it("leaves a client and its grant to another program, when refreshes have compared the state that has its owner", async () => {
    const { id, declared, state } = await makeHandledClient(backend);
    const asGrant = (owner: string) => owner.replace(":ApiClient::", ":ScopeGrant::");
    const theirs = inProd(declared.managedBy);
    const permissions = ["list:segment"] as const;
    await backend.admin.clients.update("acme", id, { managedBy: theirs }, { ifMatch: 1 });
    await backend.admin.grants.put("acme", id, { permissions, managedBy: asGrant(theirs) }, { ifMatch: 1 });
    const ofGrant = { client: id, permissions: { "list:segment": true }, owner: asGrant(declared.managedBy) };
    const run = await openHandlers(backend.environment);
    const [client, grant] = [await run.apiClient.read(id, state), await run.scopeGrant.read(id, ofGrant)];
    const [clientState, grantState] = [stateOf(client.props ?? {}), grant.props ?? {}];

    // The engine's refresh compares the state of an earlier refresh with its own inputs, before the program runs.
    await run.apiClient.diff(id, clientState, client.inputs ?? {});
    await run.scopeGrant.diff(id, grantState, grant.inputs ?? {});
    await run.apiClient.check({}, { name: randomUUID(), managedBy: ownerOf(randomUUID()) });
    await run.scopeGrant.delete(id, grantState);
    await run.apiClient.delete(id, clientState);

    const live = await backend.admin.grants.get("acme", id);
    assert.deepEqual([live.permissions, live.managedBy], [permissions, asGrant(theirs)]);
    assert.ok(await isLive(id));
    assert.match(run.warnings[0] ?? "", /stay: they are now managed by /);
    assert.match(run.warnings[1] ?? "", / is not deleted: it is now managed by /);
    assert.equal(run.warnings.length, 2);
  });

  it("ends no grant of another program, when a refresh has compared a client that this one has taken", async () => {
    const [taken, own] = [await makeHandledClient(backend), await makeHandledClient(backend)];
    const theirs = inProd(taken.declared.managedBy);
    await backend.admin.clients.update("acme", taken.id, { managedBy: theirs }, { ifMatch: 1 });
    const permissions = ["list:segment"] as const;
    const managedBy = inProd(own.declared.managedBy).replace(":ApiClient::", ":ScopeGrant::");
    await backend.admin.grants.put("acme", own.id, { permissions, managedBy }, { ifMatch: 1 });
    const run = await openHandlers(backend.environment);
    const { props = {}, inputs = {} } = await run.apiClient.read(taken.id, taken.state);

    await run.apiClient.diff(taken.id, stateOf(props), inputs);

    await assert.rejects(run.apiClient.delete(own.id, own.state), { message: /managed by another program/ });
    assert.ok(await isLive(own.id));
  });

  describe("from a grant", () => {
    const OWNER = `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ScopeGrant::crm`;

    async function killedRename(managedBy: (owner: string) => string) {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = (await backend.admin.clients.create("acme", { name: randomUUID() })).id;
      const declared = { client, permissions: { "list:profile": true }, managedBy: OWNER };
      const { outs: state } = await scopeGrant.create(declared);
      await scopeGrant.update(client, state, { ...declared, managedBy: managedBy(OWNER) });
      return { client, state, ...(await openHandlers(backend.environment)) };
    }
    const permissionsOf = async (client: string) => (await backend.admin.grants.get("acme", client)).permissions;
    const declareOther = async (managedBy: string, handlers: Pick<HandledClient["handlers"], "scopeGrant">) => {
      const { id: client } = await backend.admin.clients.create("acme", { name: randomUUID() });
      const inputs: Properties = { client, permissions: {}, managedBy };
      return handlers.scopeGrant.check({}, inputs);
    };

    for (const [what, managedBy] of [
      ["the stack", inProd],
      ["the resource", asOther],
    ] as const) {
      it(`is refused, with what to do, when nothing in the run shows the new name of ${what}`, async () => {
        const { client, state, scopeGrant } = await killedRename(managedBy);
        const { props = {} } = await scopeGrant.read(client, state);

        for (const each of [state, props]) {
          await assert.rejects(scopeGrant.delete(client, each), {
            message:
              /^the permissions of client xpc_\w+ are not removed: pipeline made .*\nif .* client release xpc_\w+ --grant --project acme`/,
          });
        }

        assert.deepEqual(await permissionsOf(client), ["list:profile"]);
      });
    }

    it("succeeds after the release that the refusal names, and a refresh", async () => {
      const { client, state, scopeGrant } = await killedRename(inProd);
      const { revision } = await backend.admin.grants.get("acme", client);
      const released = { permissions: ["list:profile"], managedBy: null } as const;
      await backend.admin.grants.put("acme", client, released, { ifMatch: revision });

      const { props = {} } = await scopeGrant.read(client, state);
      await scopeGrant.delete(client, props);

      assert.deepEqual(await permissionsOf(client), []);
    });

    it("succeeds when the run declares another resource of the renamed program", async () => {
      const { client, state, ...handlers } = await killedRename(inProd);
      await declareOther(inProd(`${OWNER}-3`), handlers);

      await handlers.scopeGrant.delete(client, state);

      assert.deepEqual(await permissionsOf(client), []);
      assert.deepEqual(handlers.warnings, []);
    });

    it("leaves the grant to the resource of that name, when the run declares it", async () => {
      const { client, state, ...handlers } = await killedRename(asOther);
      await declareOther(asOther(OWNER), handlers);

      await handlers.scopeGrant.delete(client, state);

      assert.deepEqual(await permissionsOf(client), ["list:profile"]);
      assert.match(handlers.warnings[0] ?? "", /stay: they are now managed by /);
    });
  });
});
