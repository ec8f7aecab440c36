import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { RESOURCE_MODULE, SECRET_KEY, UNKNOWN } from "pulumi-xtremepush/protocol";
import { makeHandledClient, works } from "../../../support/provider/handled-client";
import {
  openHandlers,
  PROVIDER_TEXT,
  type ProviderBackend,
  startProviderBackend,
  stateOf,
} from "../../../support/provider/handlers";

describe("the handlers of ApiClient", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const uniqueName = () => `client ${randomUUID()}`;
  const ownerOf = (name: string) => `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::${name}`;
  async function createdClient(inputs: Record<string, string> = {}) {
    const handlers = await openHandlers(backend.environment);
    const name = uniqueName();
    const declared = { name, managedBy: ownerOf(name), ...inputs };
    const { id, outs } = await handlers.apiClient.create({ ...declared, __provider: PROVIDER_TEXT });
    return { handlers, id, declared, state: stateOf(outs) };
  }

  describe("check", () => {
    it("gives name and description the form in which they are stored", async () => {
      const { apiClient } = await openHandlers(backend.environment);

      const { inputs, failures } = await apiClient.check(
        {},
        { name: "  Cafe\u0301 ", description: " ", managedBy: "o/u" },
      );

      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, { name: "Café", secretVersion: 1, managedBy: "o/u" });
    });

    it("lets values pass that are not known yet", async () => {
      const { apiClient } = await openHandlers(backend.environment);

      const unknown = {
        name: UNKNOWN,
        description: UNKNOWN,
        secretVersion: UNKNOWN,
        secretOverlap: UNKNOWN,
        publicKeys: UNKNOWN,
        adopt: UNKNOWN,
      };

      const { inputs, failures } = await apiClient.check({}, unknown);

      assert.deepEqual(failures, []);
      assert.deepEqual(inputs, unknown);
    });

    for (const [what, name, reason] of [
      ["an empty name", "  ", "name: the name must not be empty"],
      [
        "a missing name",
        undefined,
        "name has no value (undefined in the program): check the spelling of the key or StackReference output that it comes from, and declare the name of the client",
      ],
      ["a name that is too long", "x".repeat(101), "name: the name must not be longer than 100 characters"],
      [
        "a name with a control character",
        "CRM\u0007",
        "name: the name must not contain control or invisible characters: \\u{7}",
      ],
      [
        "a name that turns the direction of text",
        "CRM\u202e",
        "name: the name must not contain control or invisible characters: \\u{202e}",
      ],
    ] as const) {
      it(`refuses ${what}`, async () => {
        const { apiClient } = await openHandlers(backend.environment);

        const { failures } = await apiClient.check({}, name === undefined ? {} : { name });

        assert.deepEqual(failures, [{ property: "", reason }]);
      });
    }

    it("names an input that does not exist", async () => {
      const { apiClient } = await openHandlers(backend.environment);

      const { failures } = await apiClient.check({}, { name: "CRM", scopes: ["list:profile"] });

      assert.deepEqual(failures, [
        {
          property: "",
          reason:
            'there is no input "scopes"; the inputs are name, description, secretVersion, secretOverlap, publicKeys, adopt',
        },
      ]);
    });
  });

  describe("create", () => {
    it("answers the client ID as the id, and the secret marked as secret", async () => {
      const { apiClient } = await openHandlers(backend.environment);
      const name = uniqueName();

      const { id, outs } = await apiClient.create({ name, managedBy: ownerOf(name) });

      const live = await backend.admin.clients.get("acme", id);
      const { clientSecret, ...rest } = outs;
      assert.match(String(stateOf({ clientSecret })["clientSecret"]), /^xpcs_[0-9A-Za-z]{49}$/);
      assert.deepEqual(Object.keys(Object(clientSecret)), [SECRET_KEY, "value"]);
      assert.deepEqual(rest, {
        name,
        description: null,
        managedBy: ownerOf(name),
        owner: ownerOf(name),
        clientId: id,
        secretVersion: 1,
        secretOverlap: null,
        publicKeys: {},
        keyExpiry: {},
        project: "acme",
        backendId: (await backend.admin.backend.get()).id,
        revision: 1,
        createdBy: "pipeline",
        createdTime: live.createdTime,
        updatedBy: "pipeline",
        updatedTime: live.updatedTime,
      });
    });

    it("finds its own client when an earlier run was interrupted, and says so", async () => {
      const first = await createdClient();
      const { apiClient, warnings } = await openHandlers(backend.environment);

      const second = await apiClient.create(first.declared);

      assert.equal(second.id, first.id);
      assert.notEqual(stateOf(second.outs)["clientSecret"], first.state["clientSecret"]);
      assert.equal(warnings.length, 1);
      assert.match(
        warnings[0] ?? "",
        /already existed without a state, after an interrupted run or `pulumi state delete` of this program: it is taken over with a new secret$/,
      );
    });

    it("does not take over its own client once somebody has changed it, and says which it is", async () => {
      const { handlers, declared, id } = await createdClient();
      await backend.admin.clients.update("acme", id, { description: "in use" }, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.create(declared), {
        message: new RegExp(
          `^this resource already has client ${id} \\(.*\\), which is missing from the state: created by pipeline at \\S+, last changed by admin at \\S+\\. .*or keep it with adopt: "${id}" \\(its secret`,
        ),
      });
    });

    it("names the client that has the name, and who manages it", async () => {
      const name = uniqueName();
      const other = await backend.admin.clients.create("acme", { name });
      const { apiClient } = await openHandlers(backend.environment);

      await assert.rejects(apiClient.create({ name, managedBy: ownerOf("new") }), {
        message: `the name "${name}" is taken by client ${other.id}, which no program manages (last changed by admin); choose another name, or adopt that client with adopt: "${other.id}"`,
      });
    });

    it("prints the aliases line when another resource of the stack has the name", async () => {
      const { handlers, declared } = await createdClient();

      await assert.rejects(
        handlers.apiClient.create({ ...declared, managedBy: ownerOf("renamed") }),
        (error: Error) => {
          const urn = declared.managedBy.slice("acme-org/".length);
          assert.ok(error.message.endsWith(`\n  aliases: ["${urn}"]`), error.message);
          return true;
        },
      );
    });

    it("does not take a resource of another stack for a renamed one", async () => {
      const { handlers, declared } = await createdClient();
      const managedBy = ownerOf("renamed").replace(":dev::", ":prod::");

      await assert.rejects(handlers.apiClient.create({ ...declared, managedBy }), {
        message: /manages .* choose another name$/,
      });
    });
  });

  describe("diff", () => {
    it("sees no change where there is none, also without a description", async () => {
      const { handlers, declared, id, state } = await createdClient();

      assert.deepEqual(await handlers.apiClient.diff(id, state, declared), { changes: false });
    });

    it("leaves it to the engine to show what changed", async () => {
      const { handlers, declared, id, state } = await createdClient({ description: "one" });

      const changes = [
        { name: "other" },
        { description: "two" },
        { managedBy: "other" },
        { name: UNKNOWN },
        { secretVersion: 0 },
        { secretVersion: UNKNOWN },
        { secretOverlap: "7d" },
        { publicKeys: UNKNOWN },
      ];
      for (const change of changes) {
        const diff = await handlers.apiClient.diff(id, state, { ...declared, ...change });
        assert.deepEqual(diff, { changes: undefined });
      }
      const { description: _removed, ...without } = declared as Record<string, string>;
      assert.deepEqual(await handlers.apiClient.diff(id, state, without), { changes: undefined });
    });
  });

  describe("update", () => {
    it("refuses to take back a client that another owner now has, after a refresh", async () => {
      const { handlers, declared, id, state } = await createdClient();
      await backend.admin.clients.update("acme", id, { managedBy: `other/${id}` }, { ifMatch: 1 });
      const { props = {} } = await handlers.apiClient.read(id, state);

      await assert.rejects(handlers.apiClient.update(id, stateOf(props), declared), {
        message: new RegExp(`^client ${id} is now managed by other/${id}, so this program does not change it: `),
      });
      const theirs = { ...declared, managedBy: `other/${id}` };
      assert.deepEqual(await handlers.apiClient.diff(id, stateOf(props), theirs), { changes: false });
    });

    it("keeps the secret, and drops a description that the program no longer has", async () => {
      const { handlers, declared, id, state } = await createdClient({ description: "one" });
      const name = uniqueName();

      const { outs } = await handlers.apiClient.update(id, state, { name, managedBy: declared.managedBy });

      const after = stateOf(outs);
      assert.equal(after["clientSecret"], state["clientSecret"]);
      assert.deepEqual([after["name"], after["description"], after["revision"]], [name, null, 2]);
      assert.equal((await backend.admin.clients.get("acme", id)).description, null);
    });

    it("names who changed the client meanwhile, and what, and changes nothing", async () => {
      const { handlers, declared, id, state } = await createdClient();
      const byHand = uniqueName();
      const { updatedTime } = await backend.admin.clients.update("acme", id, { name: byHand }, { ifMatch: 1 });
      const wanted = { ...declared, description: "two" };

      await assert.rejects(handlers.apiClient.update(id, state, wanted), {
        message: [
          `client ${id} ("${byHand}") was changed by admin at ${updatedTime} (revision 1 -> 2)`,
          `  revision 2, admin at ${updatedTime}:`,
          `    name: "${declared.name}" -> "${byHand}"`,
          "from live to declared:",
          `  name: "${byHand}" -> "${declared.name}"`,
          '  description: null -> "two"',
          "run `pulumi refresh` to take the live state into account, then try again",
        ].join("\n"),
      });
      assert.equal((await backend.admin.clients.get("acme", id)).name, byHand);
    });

    it("succeeds when the live client already is what is declared: its own, interrupted write", async () => {
      const { handlers, declared, id, state } = await createdClient();
      const wanted = { ...declared, description: "two" };
      await handlers.apiClient.update(id, state, wanted);

      const { outs } = await handlers.apiClient.update(id, state, wanted);

      assert.equal(outs["revision"], 2);
      assert.equal(stateOf(outs)["clientSecret"], state["clientSecret"]);
    });

    it("says that the client is gone and how to go on", async () => {
      const { handlers, declared, id, state } = await createdClient();
      await backend.admin.clients.delete("acme", id, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.update(id, state, { ...declared, description: "two" }), {
        message: /it was deleted by admin at .*; run `pulumi refresh`, which updates the state, then `pulumi up`$/,
      });
    });
  });

  describe("read", () => {
    it("answers the live client in the shape of the inputs and of the outputs, with the secret of the state", async () => {
      const { handlers, declared, id, state } = await createdClient();
      await backend.admin.clients.update("acme", id, { description: "by hand" }, { ifMatch: 1 });

      const read = await handlers.apiClient.read(id, state);

      assert.equal(read.id, id);
      assert.deepEqual(read.inputs, { ...declared, secretVersion: 1, description: "by hand" });
      const props = stateOf(read.props ?? {});
      assert.deepEqual([props["description"], props["revision"], props["updatedBy"]], ["by hand", 2, "admin"]);
      assert.equal(props["clientSecret"], state["clientSecret"]);
    });

    it("says that a deleted client is gone", async () => {
      const { handlers, id, state } = await createdClient();
      await backend.admin.clients.delete("acme", id, { ifMatch: 1 });

      assert.deepEqual(await handlers.apiClient.read(id, state), { id: "" });
    });

    it("fails, and does not say gone, when the token has lost the project", async () => {
      const { id, state } = await createdClient();
      const token = await backend.makeActor("editor", ["beta"]);
      const { apiClient } = await openHandlers({ ...backend.environment, XTREMEPUSH_TOKEN: token });

      await assert.rejects(apiClient.read(id, state), {
        message: /404.*; the project came from the environment variable XTREMEPUSH_PROJECT, and the token from/,
      });
    });
  });

  describe("delete", () => {
    it("deletes the client, and succeeds again when it is gone", async () => {
      const { handlers, id, state } = await createdClient();

      await handlers.apiClient.delete(id, state);
      await handlers.apiClient.delete(id, state);

      await assert.rejects(backend.admin.clients.get("acme", id), { code: "client_not_found" });
    });

    it("says when the client was last used, and until when it can be restored, when that was today", async () => {
      const { handlers, id, state } = await makeHandledClient(backend);
      await works(backend, id, state);

      await handlers.apiClient.delete(id, state);

      const { lastUsedTime, deletedTime } = await backend.admin.clients.get("acme", id, { state: "deleted" });
      const end = new Date(Date.parse(deletedTime ?? "") + 30 * 86_400_000).toISOString();
      assert.match(
        handlers.warnings[0] ?? "",
        new RegExp(`was deleted while in use, last at ${lastUsedTime}; until ${end}`),
      );
      assert.match(handlers.warnings[0] ?? "", new RegExp(`client restore ${id} --project acme\` or adopt: "${id}"$`));
    });

    it("says so, too, when the answer of the delete was lost", async () => {
      const { handlers, id, state } = await makeHandledClient(backend);
      await works(backend, id, state);
      await backend.admin.clients.delete("acme", id, { ifMatch: 1 });

      await handlers.apiClient.delete(id, state);

      assert.match(handlers.warnings[0] ?? "", /was deleted while in use, last at /);
    });

    it("says nothing of a client that was not used", async () => {
      const { handlers, id, state } = await createdClient();

      await handlers.apiClient.delete(id, state);

      assert.deepEqual(handlers.warnings, []);
    });

    it("leaves a client alone that another owner has taken over, and says so", async () => {
      const { handlers, id, state } = await createdClient();
      await backend.admin.clients.update("acme", id, { managedBy: "other/urn" }, { ifMatch: 1 });

      await handlers.apiClient.delete(id, state);

      assert.equal((await backend.admin.clients.get("acme", id)).managedBy, "other/urn");
      assert.match(handlers.warnings[0] ?? "", /is not deleted: it is now managed by other\/urn$/);
    });

    it("leaves a client alone that another owner has taken over, also when a refresh has seen that", async () => {
      const { handlers, id, state } = await createdClient();
      await backend.admin.clients.update("acme", id, { managedBy: `other/${id}` }, { ifMatch: 1 });
      const { props } = await handlers.apiClient.read(id, state);

      await handlers.apiClient.delete(id, stateOf(props ?? {}));

      assert.equal((await backend.admin.clients.get("acme", id)).managedBy, `other/${id}`);
      assert.match(handlers.warnings[0] ?? "", /is not deleted: it is now managed by other/);
    });

    it("does not delete what somebody has changed since the last refresh", async () => {
      const { handlers, id, state } = await createdClient();
      await backend.admin.clients.update("acme", id, { description: "keep this" }, { ifMatch: 1 });

      await assert.rejects(handlers.apiClient.delete(id, state), {
        message:
          /changed by admin at .*; it was not deleted\n {2}revision 2, admin at .*:\n {4}description: null -> "keep this"\nrun `pulumi refresh`/,
      });

      assert.equal((await backend.admin.clients.get("acme", id)).description, "keep this");
    });
  });
});
