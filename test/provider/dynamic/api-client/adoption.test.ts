import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import { makeHandledClient, ownerOf, works } from "../../../support/provider/handled-client";
import { openHandlers, type ProviderBackend, startProviderBackend, stateOf } from "../../../support/provider/handlers";
import { makeCertificate, makeKeyPair } from "../../../support/sdk/certificates";

const JANUARY = { notBefore: new Date("2025-01-01"), notAfter: new Date("2025-02-01") };

describe("the handlers of ApiClient, when a client is adopted", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  /** A client that somebody has made by hand, with a grant, and what a program declares of it. */
  async function madeByHand(more: { description?: string; secretVersion?: number } = {}) {
    const name = `client ${randomUUID()}`;
    const { id, clientSecret } = await backend.admin.clients.create("acme", { name, ...more });
    await backend.admin.grants.put("acme", id, { permissions: ["list:segment"] }, { ifMatch: 0 });
    const handlers = await openHandlers(backend.environment);
    const declared = { name, secretVersion: 1, managedBy: ownerOf(name), adopt: id, ...more };
    return { handlers, id, clientSecret, declared };
  }

  it("take it over under its ID, change nothing else, and hold no secret", async () => {
    const { handlers, id, clientSecret, declared } = await madeByHand({ description: "by hand" });

    const { failures } = await handlers.apiClient.check({}, declared);
    const created = await handlers.apiClient.create(declared);

    assert.deepEqual(failures, []);
    assert.equal(created.id, id);
    assert.equal(created.outs["clientSecret"], null);
    const live = await backend.admin.clients.get("acme", id);
    assert.deepEqual([live.managedBy, live.name, live.revision], [declared.managedBy, declared.name, 2]);
    assert.equal(await works(backend, id, { clientSecret }), true);
    assert.deepEqual(handlers.warnings, []);
  });

  it("compare a key whose label every object has", async () => {
    const { handlers, declared } = await madeByHand();
    const { publicKey } = await makeKeyPair();
    const publicKeys = { constructor: publicKey };

    const { failures } = await handlers.apiClient.check({}, { ...declared, publicKeys });

    assert.match(failures[0]?.reason ?? "", /\n {2}publicKeys\.constructor: none -> SHA-256 /);
  });

  it("see no change when adopt stays in the program, nor when it is removed", async () => {
    const { handlers, id, declared } = await madeByHand();
    const state = stateOf((await handlers.apiClient.create(declared)).outs);
    const { adopt: _, ...without } = declared;

    assert.deepEqual(await handlers.apiClient.diff(id, state, declared), { changes: false });
    assert.deepEqual(await handlers.apiClient.diff(id, state, without), { changes: false });
  });

  it("give it a secret of the program's own by the next version", async () => {
    const { handlers, id, clientSecret, declared } = await madeByHand();
    const state = stateOf((await handlers.apiClient.create(declared)).outs);

    const { outs } = await handlers.apiClient.update(id, state, { ...declared, secretVersion: 2 });

    assert.equal(await works(backend, id, stateOf(outs)), true);
    assert.equal(await works(backend, id, { clientSecret }), true);
  });

  it("refuse it in the preview and in the run when it differs from the declaration, one line for each difference", async () => {
    const { handlers, id, declared } = await madeByHand({ description: "by hand", secretVersion: 3 });
    const { publicKey } = await makeKeyPair();
    const wanted = { ...declared, description: "declared", secretVersion: 1, publicKeys: { a: publicKey } };

    const { failures } = await handlers.apiClient.check({}, wanted);
    const [{ reason = "" } = {}] = failures;

    assert.match(
      reason,
      new RegExp(
        [
          `^client ${id} \\("${declared.name}"\\) cannot be adopted because it differs from what is declared:`,
          ' {2}description: "by hand" -> "declared"',
          " {2}secretVersion: 3 -> 1",
          " {2}publicKeys\\.a: none -> SHA-256 [0-9a-f]{16}…",
          "declare the live values \\(on the left\\), and change them after the adoption",
          "its grant needs its live permissions: list:segment$",
        ].join("\n"),
      ),
    );
    await assert.rejects(handlers.apiClient.create(wanted), { message: reason });
    const live = await backend.admin.clients.get("acme", id);
    assert.deepEqual([live.managedBy, live.description, live.revision], [null, "by hand", 1]);
  });

  it("do not compare in the preview what is not known yet", async () => {
    const { handlers, declared } = await madeByHand({ description: "by hand" });

    const wanted = { ...declared, description: UNKNOWN, publicKeys: UNKNOWN };
    const unknownId = { ...declared, description: "another", adopt: UNKNOWN };

    assert.deepEqual((await handlers.apiClient.check({}, wanted)).failures, []);
    assert.deepEqual((await handlers.apiClient.check({}, unknownId)).failures, []);
  });

  it("refuse a client of another owner, and name it", async () => {
    const { handlers, id, declared } = await madeByHand();
    await backend.admin.clients.update("acme", id, { managedBy: "team-b/urn" }, { ifMatch: 1 });

    const { failures } = await handlers.apiClient.check({}, declared);
    const [{ reason = "" } = {}] = failures;

    assert.match(
      reason,
      /^client .* is managed by team-b\/urn, so it cannot be adopted: a client has one owner; .*`xtremepush-access-backend client release xpc_\w+ --project acme`$/,
    );
    await assert.rejects(handlers.apiClient.create(declared), { message: reason });
    assert.equal((await backend.admin.clients.get("acme", id)).managedBy, "team-b/urn");
  });

  it("take over a client whose certificate has expired, and say that it has", async () => {
    const earlier = await startProviderBackend({ clock: () => new Date("2025-01-15") });
    const { certificate } = await makeCertificate(JANUARY);
    const client = { name: "CRM", publicKeys: { a: certificate } };
    const { id } = await earlier.admin.clients.create("acme", client);
    const handlers = await openHandlers(earlier.environment);

    const { inputs, failures } = await handlers.apiClient.check(
      {},
      { ...client, adopt: id, managedBy: ownerOf("crm") },
    );
    const { outs } = await handlers.apiClient.create(inputs);
    await earlier.close();

    assert.deepEqual(failures, []);
    assert.deepEqual(outs["keyExpiry"], { a: "2025-02-01T00:00:00.000Z" });
    assert.deepEqual(handlers.warnings, [
      '"CRM": the certificate publicKeys.a expired at 2025-02-01T00:00:00.000Z and is refused until you replace it',
    ]);
  });

  it("refuse an expired certificate that the client does not have", async () => {
    const { certificate } = await makeCertificate(JANUARY);
    const { handlers, declared } = await madeByHand();

    const { failures } = await handlers.apiClient.check({}, { ...declared, publicKeys: { a: certificate } });

    assert.match(failures[0]?.reason ?? "", /\n {2}publicKeys\.a: none -> SHA-256 .*, expires 2025-02-01/);
  });

  it("print the aliases line for a client that another resource of the stack has", async () => {
    const { handlers, id, declared } = await makeHandledClient(backend);

    const { failures } = await handlers.apiClient.check({}, { ...declared, adopt: id, managedBy: ownerOf("renamed") });

    assert.match(failures[0]?.reason ?? "", /\n {2}aliases: \["urn:pulumi:dev::/);
  });

  for (const [what, project] of [
    ["of another project", "beta"],
    ["that does not exist", null],
  ] as const) {
    it(`refuse a client ${what}`, async () => {
      const name = `client ${randomUUID()}`;
      const other = project && (await backend.admin.clients.create(project, { name }));
      const adopt = other?.id ?? "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
      const handlers = await openHandlers(backend.environment);

      const { failures } = await handlers.apiClient.check({}, { name, managedBy: ownerOf(name), adopt });

      assert.deepEqual(failures, [
        {
          property: "",
          reason: `there is no client ${adopt} in project acme to adopt: is it in another project, or was it deleted more than 30 days ago?`,
        },
      ]);
      await assert.rejects(handlers.apiClient.create({ name, managedBy: ownerOf(name), adopt }), {
        message: failures[0]?.reason,
      });
    });
  }

  it("refuse what is not a client ID", async () => {
    const { handlers, declared } = await madeByHand();

    const { failures } = await handlers.apiClient.check({}, { ...declared, adopt: "CRM sync" });

    assert.deepEqual(failures, [{ property: "", reason: "adopt: a client ID is xpc_ and 26 characters of a-z, 2-7" }]);
  });

  it("refuse to put another client in the place of one that is managed", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    const other = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

    await assert.rejects(handlers.apiClient.diff(id, state, { ...declared, adopt: other }), {
      message: `this resource manages client ${id}, so it cannot adopt ${other}: remove adopt, or declare another resource for ${other}`,
    });
  });

  it("find their own, interrupted adoption, and a client of a state that was lost", async () => {
    const { handlers, id, declared } = await madeByHand();
    await handlers.apiClient.create(declared);

    const again = await handlers.apiClient.create(declared);

    assert.equal(again.id, id);
    assert.equal(again.outs["revision"], 2);
  });

  it("restore a deleted client with its permissions, and say that its secrets no longer work", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await handlers.apiClient.delete(id, state);
    const wanted = { ...declared, adopt: id };

    const { failures } = await handlers.apiClient.check({}, wanted);
    const created = await handlers.apiClient.create(wanted);

    assert.deepEqual(failures, []);
    assert.equal(created.id, id);
    const live = await backend.admin.clients.get("acme", id);
    assert.deepEqual([live.managedBy, live.deletedTime], [declared.managedBy, null]);
    assert.deepEqual((await backend.admin.grants.get("acme", id)).permissions, ["list:segment"]);
    assert.equal(await works(backend, id, state), false);
    assert.match(
      handlers.warnings.join("\n"),
      /is restored with its permissions; .* declare secretVersion: 2 for a new/,
    );
    const { outs } = await handlers.apiClient.update(id, stateOf(created.outs), { ...wanted, secretVersion: 2 });
    assert.equal(await works(backend, id, stateOf(outs)), true);
  });

  it("restore a deleted client of another program", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await handlers.apiClient.delete(id, state);
    const wanted = { ...declared, managedBy: "bbbbb/urn:pulumi:other::crm::x::CRM", adopt: id };

    const { failures } = await handlers.apiClient.check({}, wanted);
    const created = await handlers.apiClient.create(wanted);

    assert.deepEqual(failures, []);
    const live = await backend.admin.clients.get("acme", id);
    assert.deepEqual([created.id, live.managedBy, live.deletedTime], [id, wanted.managedBy, null]);
  });

  it("name the client that now has the name of a deleted one", async () => {
    const { handlers, id, declared, state } = await makeHandledClient(backend);
    await handlers.apiClient.delete(id, state);
    const holder = await backend.admin.clients.create("acme", { name: declared.name });

    await assert.rejects(handlers.apiClient.create({ ...declared, adopt: id }), {
      message: new RegExp(`is deleted, and client ${holder.id} now has its name: rename that client, or run`),
    });
  });
});
