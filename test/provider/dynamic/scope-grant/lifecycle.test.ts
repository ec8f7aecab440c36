import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { RESOURCE_MODULE, UNKNOWN } from "pulumi-xtremepush/protocol";
import { AccessClient, type Permission } from "xtremepush-access";
import type { Properties } from "../../../../provider/src/dynamic/run/wire";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";
import { startWatchingProxy } from "../../../support/sdk/watching-proxy";

const SOME_CLIENT = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
const OWNER = `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ScopeGrant::crm`;
const CLIENT_OWNER = `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::crm`;

describe("the handlers of ScopeGrant", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const newClient = async () => (await backend.admin.clients.create("acme", { name: randomUUID() })).id;
  const liveGrant = (client: string) => backend.admin.grants.get("acme", client);
  const giveToAnother = (client: string) =>
    backend.admin.grants.put("acme", client, { permissions: ["list:profile"], managedBy: "other/urn" }, { ifMatch: 1 });
  async function createdGrant(permissions: Record<string, true>) {
    const handlers = await openHandlers(backend.environment);
    const client = await newClient();
    const declared = { client, permissions, managedBy: OWNER };
    const { outs } = await handlers.scopeGrant.create(declared);
    return { handlers, client, declared, state: outs };
  }

  describe("check", () => {
    it("replaces the placeholder of a permission that is now known", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const permissions = { "list:profile": true, "permissions[1]": "info:task", "permissions[2]": UNKNOWN };

      const { inputs, failures } = await scopeGrant.check({}, { client: UNKNOWN, permissions });

      assert.deepEqual(failures, []);
      assert.deepEqual(inputs["permissions"], { "list:profile": true, "info:task": true, "permissions[2]": UNKNOWN });
    });

    it("lets a set pass that is not known yet", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);

      const { inputs, failures } = await scopeGrant.check({}, { client: await newClient(), permissions: UNKNOWN });

      assert.deepEqual(failures, []);
      assert.equal(inputs["permissions"], UNKNOWN);
    });

    it("refuses a client that does not exist, also while the set is not known", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const deleted = await newClient();
      await backend.admin.clients.delete("acme", deleted, { ifMatch: 1 });

      const reasons = [];
      for (const client of [SOME_CLIENT, deleted]) {
        const { failures } = await scopeGrant.check({}, { client, permissions: UNKNOWN });
        reasons.push(failures.map(({ reason }) => reason).join());
      }

      assert.match(reasons[0] ?? "", /there is no client xpc_a+ in acme; .*check the client ID/);
      assert.match(reasons[1] ?? "", /^client xpc_\w+ \("[\w-]+"\) was deleted at /);
    });

    it("names every invalid permission and the nearest valid one", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const permissions = {
        "list:profle": true,
        "permissions[1]": "exprt:segment",
        "permissions[2]": 5,
        "info:task": false,
      };

      const { failures } = await scopeGrant.check({}, { client: SOME_CLIENT, permissions });

      assert.deepEqual(
        failures.map(({ reason }) => reason),
        [
          'permissions: unknown permission "list:profle"; did you mean "list:profile"?',
          'permissions: unknown permission "exprt:segment"; did you mean "export:segment"?',
          "permissions[2] is 5, which is not a permission; is its name misspelt in the program?",
          'permissions["info:task"] must be true; omit it to remove the permission',
        ],
      );
    });

    it("refuses an invalid client ID", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);

      const { failures } = await scopeGrant.check({}, { client: "crm", permissions: {} });

      assert.match(failures[0]?.reason ?? "", /^client must be an ApiClient or a client ID/);
    });

    it("asks for a client and for a list when they are missing", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);

      const { failures } = await scopeGrant.check({}, {});

      assert.deepEqual(
        failures.map(({ reason }) => reason),
        [
          "permissions has no value (undefined in the program): check the spelling of the key or StackReference output that it comes from, and declare a list of permissions, [] for none",
          "client has no value (undefined in the program): check the spelling of the key or StackReference output that it comes from, and declare an ApiClient or a client ID",
        ],
      );
    });
  });

  describe("check, of a grant that is new,", () => {
    const permissions = { "list:profile": true, "info:task": true };
    async function reasonsFor(inputs: Properties, olds: Properties = {}) {
      const { scopeGrant } = await openHandlers(backend.environment);
      const { failures } = await scopeGrant.check(olds, { permissions, managedBy: OWNER, ...inputs });
      return failures.map(({ reason }) => reason);
    }
    async function clientWith(...given: readonly Permission[]) {
      const client = await newClient();
      await backend.admin.grants.put("acme", client, { permissions: given }, { ifMatch: 0 });
      return client;
    }

    it("refuses in the preview to overwrite permissions that were given by hand", async () => {
      const client = await clientWith("list:profile", "export:segment");

      const [reason = ""] = await reasonsFor({ client });

      assert.deepEqual(reason.split("\n").slice(1), [
        "  + info:task",
        "  - export:segment",
        "declare the live permissions, or remove them first",
      ]);
    });

    it("lets pass what create will take: an equal set, an empty one, one of the same owner", async () => {
      const own = await newClient();
      const grant = { permissions: ["delete:list"], managedBy: OWNER } as const;
      await backend.admin.grants.put("acme", own, grant, { ifMatch: 0 });

      for (const client of [await clientWith("list:profile", "info:task"), await newClient(), own]) {
        assert.deepEqual(await reasonsFor({ client }), []);
      }
    });

    it("accepts a grant that it already has, and values that are not known yet", async () => {
      const client = await clientWith("export:segment");

      assert.deepEqual(await reasonsFor({ client }, { client }), []);
      assert.deepEqual(await reasonsFor({ client: UNKNOWN }), []);
      assert.deepEqual(await reasonsFor({ client, permissions: UNKNOWN }), []);
      assert.deepEqual(
        await reasonsFor({ client, permissions: { "list:profile": true, "permissions[1]": UNKNOWN } }),
        [],
      );
    });

    it("does not advise a refresh for a client ID that never existed", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

      await assert.rejects(scopeGrant.create({ client, permissions: {}, managedBy: OWNER }), {
        message:
          /404.*; check the client ID, and that the grant has the Provider of its client \(the project came from the environment variable XTREMEPUSH_PROJECT, the endpoint from the environment variable XTREMEPUSH_ENDPOINT\)$/,
      });
    });

    it("says that the client does not exist", async () => {
      assert.match((await reasonsFor({ client: SOME_CLIENT }))[0] ?? "", /404.*there is no client xpc_a+ in acme/);
    });

    it("refuses to give permissions to a client by adopting it, also when the same run has adopted it", async () => {
      const client = await newClient();

      const before = await reasonsFor({ client, adopt: client });
      // By the actor that has made it, as where one token does all.
      await backend.admin.clients.update("acme", client, { managedBy: CLIENT_OWNER }, { ifMatch: 1 });
      const meanwhile = await reasonsFor({ client, adopt: client });

      assert.deepEqual(before, [
        [
          `client ${client} has no permissions, and adopting it changes nothing; this grant would add:`,
          "  + list:profile",
          "  + info:task",
          "declare no permissions, and add them after the adoption; if this program has already adopted the client, remove adopt",
        ].join("\n"),
      ]);
      assert.deepEqual(meanwhile, before);
      assert.deepEqual(await reasonsFor({ client }), []);
    });

    it("gives permissions to the client that an earlier attempt of the program left behind", async () => {
      const managedBy = CLIENT_OWNER.replace("::crm", "::left");
      const { id } = await backend.admin.clients.create("acme", { name: "Left behind", managedBy });

      assert.deepEqual(await reasonsFor({ client: id, adopt: id }), []);
    });

    it("refuses to give permissions by adoption to the client of another program", async () => {
      const managedBy = CLIENT_OWNER.replace(":dev::", ":prod::");
      const { id } = await backend.admin.clients.create("acme", { name: "Of another program", managedBy });

      assert.match((await reasonsFor({ client: id, adopt: id }))[0] ?? "", /has no permissions, and adopting it/);
    });

    it("lets permissions be given to an adopted client whose empty grant is the program's own", async () => {
      const client = await newClient();
      await backend.admin.grants.put("acme", client, { permissions: [], managedBy: OWNER }, { ifMatch: 0 });

      assert.deepEqual(await reasonsFor({ client, adopt: client }), []);
    });

    it("says that the client was deleted, when nothing brings it back", async () => {
      const client = await newClient();
      const { name, deletedTime } = await backend.admin.clients.delete("acme", client, { ifMatch: 1 });

      assert.deepEqual(await reasonsFor({ client }), [
        `client ${client} ("${name}") was deleted at ${deletedTime}: grant the permissions to a live client, or restore this one with \`xtremepush-access-backend client restore ${client} --project acme\``,
      ]);
    });

    it("looks at the grant of a deleted client, which adopt brings back without its owner", async () => {
      const [equal, other] = [await newClient(), await newClient()];
      for (const [client, given] of [
        [equal, ["list:profile", "info:task"]],
        [other, ["list:profile"]],
      ] as const) {
        await backend.admin.grants.put("acme", client, { permissions: given, managedBy: OWNER }, { ifMatch: 0 });
        await backend.admin.clients.delete("acme", client, { ifMatch: 1 });
      }

      assert.deepEqual(await reasonsFor({ client: equal, adopt: equal }), []);
      assert.match((await reasonsFor({ client: other, adopt: other }))[0] ?? "", /\n {2}\+ info:task\n/);
    });

    it("names the inputs that a program may give, when there is one that it may not", async () => {
      assert.deepEqual(await reasonsFor({ client: UNKNOWN, scopes: [] }), [
        'there is no input "scopes"; the inputs are client, permissions',
      ]);
    });
  });

  describe("create", () => {
    it("sends one request for a new client, and its check only asks once whose token it is", async () => {
      const proxy = await startWatchingProxy(backend.endpoint);
      const { apiClient, scopeGrant } = await openHandlers({
        ...backend.environment,
        XTREMEPUSH_ENDPOINT: proxy.endpoint,
      });
      const { id } = await apiClient.create({ name: randomUUID(), managedBy: OWNER });
      proxy.sinceLast();
      const declared = { client: id, permissions: { "list:profile": true }, managedBy: OWNER };

      await scopeGrant.check({}, declared);
      await scopeGrant.check({}, declared);
      await scopeGrant.create(declared);

      assert.deepEqual(proxy.sinceLast(), ["GET /v1/actor", `PUT /v1/projects/acme/clients/${id}/permissions`]);
      await proxy.close();
    });

    it("gives a client its permissions, under the client's ID", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = await newClient();
      const declared = { client, permissions: { "info:task": true, "list:profile": true }, managedBy: OWNER };

      const { id, outs } = await scopeGrant.create(declared);

      const live = await liveGrant(client);
      assert.equal(id, client);
      assert.deepEqual(live.permissions, ["list:profile", "info:task"]);
      assert.deepEqual(outs, {
        ...declared,
        owner: OWNER,
        project: "acme",
        backendId: (await backend.admin.backend.get()).id,
        revision: 1,
        updatedBy: "pipeline",
        updatedTime: live.updatedTime,
      });
    });

    it("refuses to overwrite permissions that were given by hand, one line for each that would change", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = await newClient();
      const permissions = ["list:profile", "export:segment"] as const;
      const { updatedTime } = await backend.admin.grants.put("acme", client, { permissions }, { ifMatch: 0 });

      await assert.rejects(
        scopeGrant.create({ client, permissions: { "list:profile": true, "info:task": true }, managedBy: OWNER }),
        {
          message: [
            `client ${client} already has permissions, set by admin at ${updatedTime} and managed by no program; creating this grant would change them:`,
            "  + info:task",
            "  - export:segment",
            "declare the live permissions, or remove them first",
          ].join("\n"),
        },
      );
      assert.deepEqual((await liveGrant(client)).permissions, ["list:profile", "export:segment"]);
    });

    it("prints the aliases line when another resource of the stack gives the client its permissions", async () => {
      const { handlers, client } = await createdGrant({ "list:profile": true });
      const renamed = { client, permissions: { "info:task": true }, managedBy: `${OWNER}-renamed` };

      await assert.rejects(handlers.scopeGrant.create(renamed), (error: Error) => {
        assert.ok(error.message.endsWith(`\n  aliases: ["${OWNER.slice("acme-org/".length)}"]`), error.message);
        return true;
      });
    });

    it("succeeds over an equal set that was given by hand, and manages it from then on", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = await newClient();
      await backend.admin.grants.put("acme", client, { permissions: ["list:profile"] }, { ifMatch: 0 });

      await scopeGrant.create({ client, permissions: { "list:profile": true }, managedBy: OWNER });

      assert.equal((await liveGrant(client)).managedBy, OWNER);
    });

    it("succeeds over another set of its own: an interrupted run", async () => {
      const { handlers, client } = await createdGrant({ "list:profile": true });

      await handlers.scopeGrant.create({ client, permissions: { "info:task": true }, managedBy: OWNER });

      assert.deepEqual((await liveGrant(client)).permissions, ["info:task"]);
    });

    it("says that the client does not exist", async () => {
      const { scopeGrant } = await openHandlers(backend.environment);
      const client = await newClient();
      await backend.admin.clients.delete("acme", client, { ifMatch: 1 });

      await assert.rejects(scopeGrant.create({ client, permissions: {}, managedBy: OWNER }), {
        message: /404.*it was deleted by admin at .*; run `pulumi refresh`/s,
      });
    });
  });

  describe("diff", () => {
    it("sees no change in an equal set", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true, "info:task": true });
      const permissions = { "info:task": true, "list:profile": true };

      assert.deepEqual(await handlers.scopeGrant.diff(client, state, { ...declared, permissions }), { changes: false });
    });

    it("leaves it to the engine to show permissions gained and lost, or not known yet", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });

      for (const permissions of [
        { "info:task": true },
        {},
        { "list:profile": true, "permissions[1]": UNKNOWN },
        UNKNOWN,
      ]) {
        const diff = await handlers.scopeGrant.diff(client, state, { ...declared, permissions });
        assert.deepEqual(diff, { changes: undefined, replaces: [] });
      }
    });

    it("replaces the grant when it is for another client", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });

      const diff = await handlers.scopeGrant.diff(client, state, { ...declared, client: UNKNOWN });

      assert.deepEqual(diff, { changes: undefined, replaces: ["client"] });
    });

    it("refuses a state of another project and of another backend", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });

      await assert.rejects(handlers.scopeGrant.diff(client, { ...state, project: "beta" }, declared), {
        message: /^the resource is in project beta, but the environment variable XTREMEPUSH_PROJECT says acme/,
      });
      await assert.rejects(handlers.scopeGrant.diff(client, { ...state, backendId: "xpb_other" }, declared), {
        message: /the resource is on backend xpb_other, but http:\/\/127\.0\.0\.1:\d+ is backend xpb_/,
      });
    });
  });

  describe("update", () => {
    it("refuses to take back a grant that another owner now has, after a refresh", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      await giveToAnother(client);
      const { props = {} } = await handlers.scopeGrant.read(client, state);

      await assert.rejects(handlers.scopeGrant.update(client, props, declared), {
        message: new RegExp(
          `^the grant of client ${client} is now managed by other/urn, .* client release ${client} --project acme\``,
        ),
      });
    });

    it("leaves it to them also where ignoreChanges keeps the owner of the state", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const theirs = { permissions: ["list:profile"], managedBy: "other/urn" } as const;
      await backend.admin.grants.put("acme", client, theirs, { ifMatch: 1 });
      const { props = {}, inputs: kept = {} } = await handlers.scopeGrant.read(client, state);
      const urn = OWNER.slice(OWNER.indexOf("/") + 1);
      const declaredBy = { owner: OWNER.slice(0, OWNER.indexOf("/")), isChosen: false, urn };

      // With the option, the engine sends the owner of the state as the declared one.
      const { inputs } = await handlers.scopeGrant.check(kept, {
        ...{ ...declared, permissions: { "export:segment": true } },
        ...{ managedBy: "other/urn", declaredBy },
      });

      assert.deepEqual([inputs["managedBy"], "declaredBy" in inputs], [OWNER, false]);
      await assert.rejects(handlers.scopeGrant.update(client, props, inputs), {
        message: /is now managed by other\/urn, so this program does not change it/,
      });
    });

    it("takes back what an interrupted move within the program has left, when the move is undone", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      await handlers.scopeGrant.update(client, state, { ...declared, managedBy: `${OWNER}-moved` });
      const { props = {} } = await handlers.scopeGrant.read(client, state);

      await handlers.scopeGrant.update(client, props, declared);

      assert.equal((await liveGrant(client)).managedBy, OWNER);
    });

    it("does not take its own, interrupted change of the owner for another's", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const moved = { ...declared, managedBy: `${OWNER}-moved` };
      await handlers.scopeGrant.update(client, state, moved);
      const { props = {} } = await handlers.scopeGrant.read(client, state);

      const { outs } = await handlers.scopeGrant.update(client, props, { ...moved, permissions: {} });

      assert.deepEqual(outs["permissions"], {});
    });

    it("follows an interrupted change of the owner, after which its delete still removes the permissions", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const moved = { ...declared, managedBy: `${OWNER}-moved` };
      await handlers.scopeGrant.update(client, state, moved);
      const { props = {} } = await handlers.scopeGrant.read(client, state);

      const { changes } = await handlers.scopeGrant.diff(client, props, moved);
      const { outs } = await handlers.scopeGrant.update(client, props, moved);
      await handlers.scopeGrant.delete(client, outs);

      assert.equal(changes, true);
      assert.equal((await handlers.scopeGrant.diff(client, outs, moved)).changes, false);
      const { permissions, managedBy } = await liveGrant(client);
      assert.deepEqual([permissions, managedBy, handlers.warnings], [[], null, []]);
    });

    it("replaces the whole set", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true, "info:task": true });

      const { outs } = await handlers.scopeGrant.update(client, state, {
        ...declared,
        permissions: { "info:task": true, "list:segment": true },
      });

      assert.deepEqual((await liveGrant(client)).permissions, ["list:segment", "info:task"]);
      assert.equal(outs["revision"], 2);
    });

    it("names who changed the grant meanwhile, one line for each permission, and changes nothing", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const permissions = ["list:profile", "export:segment"] as const;
      const { updatedTime } = await backend.admin.grants.put("acme", client, { permissions }, { ifMatch: 1 });
      const wanted = { ...declared, permissions: { "info:task": true } };

      await assert.rejects(handlers.scopeGrant.update(client, state, wanted), {
        message: [
          `the permissions of client ${client} were changed by admin at ${updatedTime} (revision 1 -> 2)`,
          `  revision 2, admin at ${updatedTime}:`,
          "    + export:segment",
          "from live to declared:",
          "  - list:profile",
          "  + info:task",
          "  - export:segment",
          "run `pulumi refresh` to take the live state into account, then `pulumi up`",
        ].join("\n"),
      });
      assert.deepEqual((await liveGrant(client)).permissions, ["list:profile", "export:segment"]);
    });

    it("names everybody who changed it since, the last one first", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const ana = new AccessClient({
        endpoint: backend.endpoint,
        token: await backend.makeActor("admin", undefined, { name: "ana" }),
      });
      await ana.grants.put("acme", client, { permissions: ["delete:list"] }, { ifMatch: 1 });
      await backend.admin.clients.update("acme", client, { description: "no matter" }, { ifMatch: 1 });
      await backend.admin.grants.put("acme", client, { permissions: [], managedBy: null }, { ifMatch: 2 });

      await assert.rejects(
        handlers.scopeGrant.update(client, state, { ...declared, permissions: {} }),
        (error: Error) => {
          assert.deepEqual(error.message.replace(/2\S+Z/g, "T").split("\n").slice(1), [
            "  revision 3, admin at T:",
            `    managedBy: "${OWNER}" -> null`,
            "    - delete:list",
            "  revision 2, ana at T:",
            "    + delete:list",
            "    - list:profile",
            "from live to declared:",
            `  managedBy: null -> ${OWNER}`,
            "run `pulumi refresh` to take the live state into account, then `pulumi up`",
          ]);
          return true;
        },
      );
    });

    it("succeeds when the live set already is what is declared: its own, interrupted write", async () => {
      const { handlers, client, declared, state } = await createdGrant({ "list:profile": true });
      const wanted = { ...declared, permissions: { "info:task": true } };
      await handlers.scopeGrant.update(client, state, wanted);

      const { outs } = await handlers.scopeGrant.update(client, state, wanted);

      assert.equal(outs["revision"], 2);
    });
  });

  describe("read", () => {
    it("answers the live set as a map, in the inputs too", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      const permissions = ["list:profile", "delete:list"] as const;
      await backend.admin.grants.put("acme", client, { permissions }, { ifMatch: 1 });

      const { id, inputs, props } = await handlers.scopeGrant.read(client, state);

      const map = { "list:profile": true, "delete:list": true };
      assert.equal(id, client);
      assert.deepEqual(inputs, { client, permissions: map, managedBy: OWNER });
      assert.deepEqual([props?.["permissions"], props?.["revision"], props?.["updatedBy"]], [map, 2, "admin"]);
    });

    it("says that the grant is gone when its client is", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      await backend.admin.clients.delete("acme", client, { ifMatch: 1 });

      assert.deepEqual(await handlers.scopeGrant.read(client, state), { id: "" });
    });
  });

  describe("delete", () => {
    it("takes every permission away, and succeeds again", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });

      await handlers.scopeGrant.delete(client, state);
      await handlers.scopeGrant.delete(client, state);

      const { permissions, managedBy, revision } = await liveGrant(client);
      assert.deepEqual({ permissions, managedBy, revision }, { permissions: [], managedBy: null, revision: 2 });
    });

    it("takes the owner away from a grant of nothing, whoever has changed it since", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      await backend.admin.grants.put("acme", client, { permissions: [], managedBy: OWNER }, { ifMatch: 1 });

      await handlers.scopeGrant.delete(client, state);

      const { managedBy, revision } = await liveGrant(client);
      assert.deepEqual([managedBy, revision], [null, 3]);
    });

    it("succeeds when the client is gone", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      await backend.admin.clients.delete("acme", client, { ifMatch: 1 });

      await handlers.scopeGrant.delete(client, state);

      assert.deepEqual(handlers.warnings, []);
    });

    it("leaves the permissions alone that another owner gives now, also when a refresh has seen that", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      await giveToAnother(client);
      const { props } = await handlers.scopeGrant.read(client, state);

      await handlers.scopeGrant.delete(client, props ?? {});

      assert.deepEqual((await liveGrant(client)).permissions, ["list:profile"]);
      assert.match(handlers.warnings[0] ?? "", /stay: they are now managed by other\/urn$/);
    });

    it("leaves the permissions alone that another owner gives now, and says so", async () => {
      const { handlers, client, state } = await createdGrant({ "list:profile": true });
      await giveToAnother(client);

      await handlers.scopeGrant.delete(client, state);

      assert.deepEqual((await liveGrant(client)).permissions, ["list:profile"]);
      assert.match(handlers.warnings[0] ?? "", /stay: they are now managed by other\/urn$/);
    });
  });
});
