import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { DECLARED_BY, RESOURCE_MODULE, UNKNOWN } from "pulumi-xtremepush/protocol";
import { makeHandledClient } from "../../../support/provider/handled-client";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";

const OFF = { XTREMEPUSH_SHOW_ACCESS: "false" };
const SET = { "list:profile": true };
const URN = `urn:pulumi:dev::programs::${RESOURCE_MODULE}:ScopeGrant::crm`;

/** The inputs of a grant as the class sends them. */
function declare(client: string, permissions: unknown = SET) {
  const [owner, urn] = ["acme-org", `${URN}-${client}`];
  return { client, permissions, managedBy: `${owner}/${urn}`, [DECLARED_BY]: { owner, isChosen: false, urn } };
}

describe("the report of who gains and loses which permissions", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const open = () => openHandlers(backend.environment);
  const makeByHand = () => backend.admin.clients.create("acme", { name: `Zoë ${randomUUID()}` });

  describe("in the check of a grant", () => {
    it("has a new client's name from the class, or none while that is not known", async () => {
      const { scopeGrant, lines } = await open();
      const { [DECLARED_BY]: declaredBy, ...inputs } = declare(UNKNOWN);

      const named = { ...inputs, [DECLARED_BY]: { ...declaredBy, clientName: "CRM sync" } };
      const checked = await scopeGrant.check({}, named);
      await scopeGrant.check({}, { ...inputs, [DECLARED_BY]: { ...declaredBy, clientName: UNKNOWN } });

      assert.deepEqual(lines, ["CRM sync (new): +list:profile (high)", "a new client: +list:profile (high)"]);
      assert.equal(DECLARED_BY in checked.inputs, false);
    });

    it("compares with the former declaration, and reads the name of a client that is no resource", async () => {
      const { scopeGrant, lines } = await open();
      const { id, name } = await makeByHand();
      const before = declare(id, { "list:profile": true, "info:task": true });

      await scopeGrant.check(before, declare(id, { "info:task": true, "permissions[1]": UNKNOWN }));
      await scopeGrant.check(before, before);

      const rest = "1 permission not known yet, which may be among those lost";
      assert.deepEqual(lines, [`${name} (${id}): -list:profile (high), ${rest}`]);
    });

    it("compares a new grant with what is live, and shows nothing where it is equal", async () => {
      const { scopeGrant, lines } = await open();
      const [equal, empty] = [await makeByHand(), await makeByHand()];
      await backend.admin.grants.put("acme", equal.id, { permissions: ["list:profile"] }, { ifMatch: 0 });

      await scopeGrant.check({}, declare(equal.id));
      await scopeGrant.check({}, declare(empty.id));

      assert.deepEqual(lines, [`${empty.name} (${empty.id}): +list:profile (high)`]);
    });

    it("shows that a deleted client has its permissions again when it is adopted", async () => {
      const { scopeGrant, lines } = await open();
      const { id } = await makeByHand();
      await backend.admin.grants.put("acme", id, { permissions: ["list:profile"] }, { ifMatch: 0 });
      await backend.admin.clients.delete("acme", id, { ifMatch: 1 });

      const { failures } = await scopeGrant.check({}, { ...declare(id), adopt: id });

      assert.deepEqual(failures, []);
      // A read finds live clients only; the class sends the name of its client.
      assert.deepEqual(lines, [`${id}: +list:profile (high)`]);
    });

    it("has a line for each client when the grant moves, and no second one when the engine checks and deletes it", async () => {
      const { scopeGrant, lines } = await open();
      const [from, to] = [await makeByHand(), await makeByHand()];
      const { outs } = await scopeGrant.create(declare(from.id));

      const before = { ...declare(to.id), client: from.id };
      await scopeGrant.check(before, declare(to.id));
      await scopeGrant.check({}, declare(to.id));
      await scopeGrant.delete(from.id, outs);

      assert.deepEqual(lines, [
        `${from.name} (${from.id}): -list:profile (high)`,
        `${to.name} (${to.id}): +list:profile (high)`,
      ]);
    });

    it("has one line where the next client is not known, which may be the same", async () => {
      const { scopeGrant, lines } = await open();
      const { id, name } = await makeByHand();
      const inputs = { ...declare(id), client: UNKNOWN };

      await scopeGrant.check(declare(id), inputs);
      // The engine checks it again for the replacement that it then plans.
      await scopeGrant.check({}, inputs);

      assert.deepEqual(lines, [`${name} (${id}): client not known yet (now 1 permission)`]);
    });

    it("has a line for each new client without a name, and one where the engine checks a grant twice", async () => {
      const { scopeGrant, lines } = await open();
      const [one, other] = ["one", "other"].map((grant) => ({ ...declare(grant), client: UNKNOWN }));

      for (const inputs of [one, other, other]) await scopeGrant.check({}, inputs ?? {});

      assert.deepEqual(lines, ["a new client: +list:profile (high)", "a new client: +list:profile (high)"]);
    });

    it("shows nothing of a grant that is refused", async () => {
      const { scopeGrant, lines } = await open();
      const { id } = await makeByHand();

      const { failures } = await scopeGrant.check({}, declare(id, { "list:profile": true, "lst:profile": true }));

      assert.equal(failures.length, 1);
      assert.deepEqual(lines, []);
    });

    it("does not fail where the name cannot be read", async () => {
      const { scopeGrant, lines } = await open();
      const gone = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

      const { failures } = await scopeGrant.check(declare(gone, {}), declare(gone));

      assert.deepEqual(failures, []);
      assert.deepEqual(lines, [`${gone}: +list:profile (high)`]);
    });
  });

  describe("in a delete", () => {
    it("of a grant names what the client had, once, without a request for the client's name", async () => {
      const { scopeGrant, lines } = await open();
      const { id } = await makeByHand();
      const { outs } = await scopeGrant.create(declare(id));

      await scopeGrant.delete(id, outs);
      await scopeGrant.delete(id, outs);

      assert.deepEqual(lines, [`${id}: -list:profile (high)`]);
    });

    it("of a grant has the name of a client that the run has compared", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const { outs } = await handlers.scopeGrant.create(declare(id, { "list:segment": true }));

      await handlers.apiClient.diff(id, state, declared);
      await handlers.scopeGrant.delete(id, outs);

      assert.deepEqual(handlers.lines, [`${declared.name} (${id}): -list:segment (low)`]);
    });

    it("of a client names the permissions that end with it, also where a declared grant names it", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);
      const grant = declare(id, { "list:segment": true });

      await handlers.scopeGrant.check(grant, grant);
      await handlers.apiClient.delete(id, state);

      assert.deepEqual(handlers.lines, [`${declared.name} (${id}): -list:segment (low)`]);
    });

    it("of a client shows nothing when a check has reported that it loses everything", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);

      await handlers.scopeGrant.check(declare(id, { "list:segment": true }), declare(id, {}));
      await handlers.apiClient.delete(id, state);

      assert.deepEqual(handlers.lines, [`${declared.name} (${id}): -list:segment (low)`]);
    });

    it("of a client names the permissions that end with it", async () => {
      const { handlers, id, declared, state } = await makeHandledClient(backend);

      await handlers.apiClient.delete(id, state);
      await handlers.apiClient.delete(id, state);

      assert.deepEqual(handlers.lines, [`${declared.name} (${id}): -list:segment (low)`]);
    });

    it("of a replaced grant shows nothing, because its create gives the permissions back", async () => {
      const { scopeGrant, lines } = await open();
      const { id } = await makeByHand();
      const { outs } = await scopeGrant.create(declare(id));

      // The engine leaves out the former inputs when it replaces on request.
      await scopeGrant.check({}, declare(id));
      await scopeGrant.delete(id, outs);

      assert.deepEqual(lines, []);
    });
  });

  it("takes the name that the program declares now, also for a client that is renamed in the same run", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const client = { ...declared, name: `renamed ${randomUUID()}` };

    await handlers.apiClient.diff(id, state, client);
    await handlers.scopeGrant.check(declare(id, {}), declare(id));

    assert.deepEqual(handlers.lines, [`${client.name} (${id}): +list:profile (high)`]);
  });

  it("asks for no name where a line is not shown", async () => {
    const { id } = await makeByHand();
    const { scopeGrant, lines } = await openHandlers({ ...backend.environment, XTREMEPUSH_SHOW_ACCESS: "false" });

    await scopeGrant.check(declare(id, {}), declare(id));

    assert.deepEqual(lines, []);
  });

  describe("is set", () => {
    for (const [title, environment, configuration, isShown] of [
      ["off by the stack configuration", {}, { "xtremepush:showAccess": "false" }, false],
      ["on by the stack configuration, which wins", OFF, { "xtremepush:showAccess": "true" }, true],
      ["on where the variable is empty", { XTREMEPUSH_SHOW_ACCESS: "" }, {}, true],
    ] as const) {
      it(title, async () => {
        const { scopeGrant, lines } = await openHandlers({ ...backend.environment, ...environment }, configuration);

        await scopeGrant.check({}, declare(UNKNOWN));

        assert.equal(lines.length, isShown ? 1 : 0);
      });
    }

    it("to true or false only, and the failure says where it came from", async () => {
      const { scopeGrant } = await openHandlers({ ...backend.environment, XTREMEPUSH_SHOW_ACCESS: "no" });

      const { failures } = await scopeGrant.check({}, declare(UNKNOWN));

      assert.deepEqual(failures, [
        {
          property: "",
          reason:
            'the environment variable XTREMEPUSH_SHOW_ACCESS is "no": set true to show the changes of permissions, or false',
        },
      ]);
    });
  });

  it("shows what a declared grant gains while the address of its Provider is not known", async () => {
    const provider = { "xtremepush:endpoint": UNKNOWN, "xtremepush:project": "acme", "xtremepush:tokenVariable": "EU" };
    const { scopeGrant, lines } = await openHandlers({ EU: "xpat_x" }, provider);

    await scopeGrant.check({}, declare(UNKNOWN));

    assert.deepEqual(lines, ["a new client: +list:profile (high)"]);
  });
});
