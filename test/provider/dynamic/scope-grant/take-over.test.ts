import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { composeOwner, composeUrn, RESOURCE_TYPES, UNKNOWN } from "pulumi-xtremepush/protocol";
import type { Permission } from "xtremepush-access";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";
import { startWatchingProxy } from "../../../support/sdk/watching-proxy";

type Type = keyof typeof RESOURCE_TYPES;

/** The owner that the class composes in the Pulumi project of a team. */
function ownerIn(pulumiProject: string, type: Type, name = "crm"): string {
  const { token } = RESOURCE_TYPES[type];
  return composeOwner("acme-org", composeUrn({ stack: "dev", pulumiProject, parent: "", type: token, name }));
}

/** Each client has an owner of its own. */
const ownerOfClient = (pulumiProject: string) => ownerIn(pulumiProject, "apiClient", randomUUID());

const OURS = ownerIn("ours", "scopeGrant");
const THEIRS = ownerIn("theirs", "scopeGrant");

describe("the owner of a grant decides first", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  async function clientWith(
    permissions: readonly Permission[],
    grantOwner: string | null,
    clientOwner: string | null = null,
  ) {
    const { id } = await backend.admin.clients.create("acme", { name: randomUUID(), managedBy: clientOwner });
    await backend.admin.grants.put("acme", id, { permissions, managedBy: grantOwner }, { ifMatch: 0 });
    return id;
  }
  const live = (client: string) => backend.admin.grants.get("acme", client);
  const record = async (client: string) => (await backend.admin.audit.ofClient("acme", client)).items;
  const declare = (client: string, inputs: object = {}) => ({
    client,
    permissions: { "list:profile": true },
    managedBy: OURS,
    ...inputs,
  });

  for (const [title, permissions] of [
    ["an empty", []],
    ["an equal", ["list:profile"]],
    ["another", ["export:segment"]],
  ] as const) {
    it(`refuses ${title} set of another program, in the preview and in the update, and writes nothing`, async () => {
      const { scopeGrant, warnings } = await openHandlers(backend.environment);
      const client = await clientWith(permissions, THEIRS);
      const [before, recordBefore] = [await live(client), await record(client)];

      const { failures } = await scopeGrant.check({}, declare(client));

      assert.deepEqual(
        failures.map(({ reason }) => reason),
        [
          [
            `the permissions of client ${client} are managed by another program, ${THEIRS} (last set by admin at ${before.updatedTime}): this program does not take them over, not even an equal or an empty set`,
            "either remove this ScopeGrant and have the other program declare these permissions, or move the grant to this program:",
            "  1. remove it from the other program and from its state, without a delete (`pulumi state delete`, or retainOnDelete)",
            `  2. \`xtremepush-access-backend client release ${client} --grant --project acme\``,
            `  3. declare the live permissions here; the client stays with whoever manages it`,
            "see the guide docs/guides/several-teams.md",
          ].join("\n"),
        ],
      );
      await assert.rejects(scopeGrant.create(declare(client)), { message: failures[0]?.reason ?? "" });
      assert.deepEqual([await live(client), await record(client), warnings], [before, recordBefore, []]);
    });
  }

  it("refuses another program's grant in the preview while the permissions are not known, and warns of its client", async () => {
    const { scopeGrant, warnings } = await openHandlers(backend.environment);
    const client = await clientWith(["list:profile"], THEIRS);
    const unowned = await clientWith(["list:profile"], null, ownerOfClient("theirs"));
    const unknown = [UNKNOWN, { "list:profile": true, "permissions[1]": UNKNOWN }];

    for (const permissions of unknown) {
      const { failures } = await scopeGrant.check({}, declare(client, { permissions }));
      assert.match(failures[0]?.reason ?? "", /^the permissions of client \S+ are managed by another program, /);
    }
    const { failures } = await scopeGrant.check({}, declare(unowned, { permissions: UNKNOWN }));

    assert.deepEqual(failures, []);
    assert.match(warnings.join("\n"), /^client \S+ \(\S+\) is managed by another program, [^\n]+$/);
  });

  it("refuses another program's grant on this program's own client, and on one that adopt names", async () => {
    const { scopeGrant } = await openHandlers(backend.environment);
    const own = await clientWith([], THEIRS, ownerOfClient("ours"));
    const unowned = await clientWith(["list:profile"], THEIRS);

    const checks = [
      await scopeGrant.check({}, declare(own)),
      await scopeGrant.check({}, declare(unowned)),
      await scopeGrant.check({}, declare(unowned, { adopt: unowned })),
    ];

    for (const { failures } of checks) {
      assert.match(failures[0]?.reason ?? "", /^the permissions of client \S+ are managed by another program, /);
    }
  });

  it("accepts an unowned grant on another program's client, and warns in the check of preview and update", async () => {
    const { scopeGrant, warnings } = await openHandlers(backend.environment);
    const owner = ownerOfClient("theirs");
    const client = await clientWith([], null, owner);
    const { name } = await backend.admin.clients.get("acme", client);

    const { failures } = await scopeGrant.check({}, declare(client));
    // As the engine does for a resource that it replaces.
    await scopeGrant.check({}, declare(client));
    await scopeGrant.create(declare(client));

    assert.deepEqual(failures, []);
    assert.equal((await live(client)).managedBy, OURS);
    assert.deepEqual(warnings, [
      `client ${client} ("${name}") is managed by another program, ${owner}; this grant, which has no owner, makes this program decide its permissions. An actor that is bound to owners may not do this`,
    ]);
  });

  it("does not warn of an unowned client, of one of this program, nor of a grant that is its own", async () => {
    const { scopeGrant, warnings } = await openHandlers(backend.environment);
    const clients = [
      await clientWith([], null),
      await clientWith([], null, ownerOfClient("ours")),
      await clientWith([], OURS, ownerOfClient("theirs")),
    ];

    for (const client of clients) assert.deepEqual((await scopeGrant.check({}, declare(client))).failures, []);

    assert.deepEqual(warnings, []);
  });

  it("takes over an empty or equal set of another resource of the same program", async () => {
    const { scopeGrant } = await openHandlers(backend.environment);
    const before = ownerIn("ours", "scopeGrant", "before");

    for (const client of [await clientWith([], before), await clientWith(["list:profile"], before)]) {
      assert.deepEqual((await scopeGrant.check({}, declare(client))).failures, []);
      await scopeGrant.create(declare(client));

      assert.equal((await live(client)).managedBy, OURS);
    }
  });

  describe("of a program whose owner or stack was renamed,", () => {
    const inStack = (stack: string, owner = "acme-org", name = "crm") => {
      const { token: type } = RESOURCE_TYPES.scopeGrant;
      return composeOwner(owner, composeUrn({ stack, pulumiProject: "ours", parent: "", type, name }));
    };

    for (const [what, now] of [
      ["stack", inStack("prod")],
      ["owner", inStack("dev", "team-a")],
    ] as const) {
      it(`replaces its own grant in the run of the renamed ${what}, when another resource was compared`, async () => {
        const { apiClient, scopeGrant } = await openHandlers(backend.environment);
        const [before, ofClient] = [inStack("dev"), (owner: string) => owner.replace("ScopeGrant", "ApiClient")];
        const name = randomUUID();
        const client = await apiClient.create({ name, secretVersion: 1, managedBy: `${ofClient(before)}-${name}` });
        const state = await scopeGrant.create(declare(client.id, { managedBy: before }));
        const next = await openHandlers(backend.environment);

        const inputsOfClient = { name, secretVersion: 1, managedBy: `${ofClient(now)}-${name}` };
        await next.apiClient.check(inputsOfClient, inputsOfClient);
        await next.apiClient.diff(client.id, client.outs, inputsOfClient);
        const { failures, inputs } = await next.scopeGrant.check({}, declare(client.id, { managedBy: now }));
        await next.scopeGrant.delete(client.id, state.outs);
        const replaced = await next.scopeGrant.create(inputs);

        assert.deepEqual(failures, []);
        assert.equal(replaced.outs["managedBy"], now);
        assert.deepEqual((await live(client.id)).permissions, ["list:profile"]);
      });

      it(`is refused to replace it without such a resource, and told to run first, after a rename of the ${what}`, async () => {
        const { scopeGrant } = await openHandlers(backend.environment);
        const client = await clientWith(["list:profile"], inStack("dev"));

        const { failures } = await scopeGrant.check({}, declare(client, { managedBy: now }));

        assert.match(
          failures[0]?.reason ?? "",
          /\nif that is this program before its owner or stack was renamed: run `pulumi up` without --replace, then replace\nsee the guide/,
        );
      });
    }

    it("takes no grant, in a preview or an update, that a state moved from that program only seems to own", async () => {
      const { apiClient, scopeGrant } = await openHandlers(backend.environment);
      const [theirs, ours] = [inStack("dev"), inStack("prod")];
      const name = randomUUID();
      const moved = await apiClient.create({ name, secretVersion: 1, managedBy: `${theirs}-${name}` });
      const client = await clientWith(["list:profile"], theirs);
      const inputs = { name, secretVersion: 1, managedBy: `${ours}-${name}` };
      await apiClient.check(inputs, inputs);
      await apiClient.diff(moved.id, moved.outs, inputs);

      const { failures } = await scopeGrant.check({}, declare(client, { managedBy: ours }));

      assert.match(failures[0]?.reason ?? "", /are managed by another program/);
      await assert.rejects(scopeGrant.create(declare(client, { managedBy: ours })), {
        message: /are managed by another program/,
      });
    });
  });

  it("adopts the grant of a restored client, whoever owned it before the delete", async () => {
    const { scopeGrant } = await openHandlers(backend.environment);
    const client = await clientWith(["list:profile"], THEIRS);
    await backend.admin.clients.delete("acme", client, { ifMatch: 1 });

    const { failures } = await scopeGrant.check({}, declare(client, { adopt: client }));
    await backend.admin.clients.restore("acme", client, { managedBy: ownerOfClient("ours") });
    await scopeGrant.create(declare(client, { adopt: client }));

    assert.deepEqual(failures, []);
    assert.equal((await live(client)).managedBy, OURS);
  });

  for (const [title, permissions] of [
    ["a grant that was never set", []],
    ["an unowned set that both declare", ["list:profile"]],
  ] as const) {
    it(`gives ${title} to one of two programs at once, and names it to the other`, async () => {
      const { id: client } = await backend.admin.clients.create("acme", { name: randomUUID() });
      await backend.admin.grants.put("acme", client, { permissions }, { ifMatch: 0 });
      const owners = [OURS, THEIRS];
      const programs = await Promise.all(owners.map(() => openHandlers(backend.environment)));
      await Promise.all(
        programs.map(({ scopeGrant }, index) => scopeGrant.check({}, declare(client, { managedBy: owners[index] }))),
      );

      const results = await Promise.allSettled(
        programs.map(({ scopeGrant }, index) => scopeGrant.create(declare(client, { managedBy: owners[index] }))),
      );

      const { managedBy } = await live(client);
      const refused = results.flatMap((result) =>
        result.status === "rejected" ? [String(result.reason.message)] : [],
      );
      assert.equal(refused.length, 1);
      assert.ok(refused[0]?.includes(`are managed by another program, ${managedBy} (`), refused[0]);
    });
  }

  it("gives no aliases line for a resource of the program that the grant leaves in this run, but the two steps", async () => {
    const { scopeGrant } = await openHandlers(backend.environment);
    const [from, to] = [await clientWith(["list:profile"], OURS), await clientWith([], null)];
    await scopeGrant.check(declare(from), declare(to));

    const { failures } = await scopeGrant.check(
      {},
      declare(from, { managedBy: `${OURS}-2`, permissions: { "export:segment": true } }),
    );

    const lines = failures[0]?.reason.split("\n") ?? [];
    assert.ok(!lines.some((line) => line.includes("aliases:")), lines.join("\n"));
    assert.match(
      lines.at(-1) ?? "",
      /ScopeGrant::crm is in the program: if it is for another client from now on, take two steps: /,
    );
  });

  it("keeps a delete from a grant that another program took after it was released", async () => {
    const { scopeGrant, warnings } = await openHandlers(backend.environment);
    const client = await clientWith([], null);
    const { outs } = await scopeGrant.create(declare(client));
    const { revision } = await live(client);
    const permissions = ["list:profile"] as const;

    await backend.admin.grants.put("acme", client, { permissions, managedBy: null }, { ifMatch: revision });
    await backend.admin.grants.put("acme", client, { permissions, managedBy: THEIRS }, { ifMatch: revision + 1 });
    await scopeGrant.delete(client, outs);

    assert.deepEqual((await live(client)).permissions, permissions);
    assert.equal((await live(client)).managedBy, THEIRS);
    assert.deepEqual(warnings, [`the permissions of client ${client} stay: they are now managed by ${THEIRS}`]);
  });

  it("does not take the new owner for its own after a refresh of a state that had no output owner yet", async () => {
    const { scopeGrant } = await openHandlers(backend.environment);
    const client = await clientWith([], null);
    const { outs } = await scopeGrant.create(declare(client));
    const { owner: _, ...state } = outs;
    const theirs = { permissions: ["export:segment"], managedBy: THEIRS } as const;
    await backend.admin.grants.put("acme", client, theirs, { ifMatch: (await live(client)).revision });

    const { props = {} } = await scopeGrant.read(client, state);

    await assert.rejects(scopeGrant.update(client, props, declare(client)), { message: /is now managed by/ });
    await scopeGrant.delete(client, props);
    assert.deepEqual((await live(client)).permissions, ["export:segment"]);
  });

  it("keeps a delete from a grant that another program takes between the delete's read and its write", async () => {
    const proxy = await startWatchingProxy(backend.endpoint);
    const environment = { ...backend.environment, XTREMEPUSH_ENDPOINT: proxy.endpoint };
    const { scopeGrant, warnings } = await openHandlers(environment);
    const client = await clientWith([], null);
    const { outs } = await scopeGrant.create(declare(client));
    const { revision } = await live(client);
    let isTaken = false;
    proxy.onAnswer = async (request) => {
      if (isTaken || request !== `GET /v1/projects/acme/clients/${client}/permissions`) return undefined;
      isTaken = true;
      const theirs = { permissions: ["export:segment"], managedBy: THEIRS } as const;
      await backend.admin.grants.put("acme", client, theirs, { ifMatch: revision });
      return undefined;
    };

    await scopeGrant.delete(client, outs);
    await proxy.close();

    assert.deepEqual((await live(client)).permissions, ["export:segment"]);
    assert.deepEqual(warnings, [`the permissions of client ${client} stay: they are now managed by ${THEIRS}`]);
  });
});
