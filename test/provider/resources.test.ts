import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { expectTypeOf } from "expect-type";
import {
  ApiClient,
  type ApiClientArgs,
  Integration,
  Provider,
  ScopeGrant,
  type ScopeGrantArgs,
} from "pulumi-xtremepush";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { type Permission, permissions } from "xtremepush-access";
import { readFacts } from "../../provider/src/client-facts";
import { recordedResources, resetRecordedResources, withConfig } from "../support/provider/pulumi-mocks";

describe("ApiClient and ScopeGrant, in a program", () => {
  beforeEach(resetRecordedResources);

  it("send the engine a short constant text instead of their code", async () => {
    const client = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("crm", { client, permissions: [permissions.list.profile] });

    const texts = (await recordedResources()).map(({ inputs }) => String(inputs["__provider"]));

    assert.deepEqual(texts, [
      'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient',
      'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant',
    ]);
    assert.ok(texts.every((text) => text.length <= 120));
  });

  it("turn a list of permissions into a map, so that the engine compares them by name", async () => {
    new ScopeGrant("crm", { client: "xpc_a", permissions: ["list:profile", "info:task", "list:profile"] });

    const [grant] = await recordedResources();

    assert.deepEqual(grant?.inputs["permissions"], { "list:profile": true, "info:task": true });
  });

  it("keep the known permissions of a list when one is an output, and put that one under a placeholder", async () => {
    const computed = pulumi.output<Permission>("export:segment");
    new ScopeGrant("crm", { client: "xpc_a", permissions: ["list:profile", computed] });

    const [grant] = await recordedResources();

    assert.deepEqual(grant?.inputs["permissions"], { "list:profile": true, "permissions[1]": "export:segment" });
  });

  it("do not let a secret permission hide the whole set", async () => {
    const computed = pulumi.secret<Permission>("export:segment");
    new ScopeGrant("crm", { client: "xpc_a", permissions: ["list:profile", computed] });
    new ScopeGrant("cdp", { client: "xpc_b", permissions: pulumi.secret<Permission[]>(["list:profile"]) });

    const grants = new Map((await recordedResources()).map(({ name, inputs }) => [name, inputs["permissions"]]));

    assert.deepEqual(grants.get("crm"), { "list:profile": true, "permissions[1]": "export:segment" });
    assert.deepEqual(grants.get("cdp"), { "list:profile": true });
  });

  it("do not compile without what they declare, unless they are read", () => {
    const programs = () => [
      // @ts-expect-error: what is declared is missing
      new ApiClient("crm", undefined),
      // @ts-expect-error: the same, with options
      new ApiClient("crm", undefined, { protect: true }),
      // @ts-expect-error: what is declared is missing
      new ScopeGrant("crm", undefined),
      new ApiClient("crm", undefined, { id: "xpc_a" }),
      new ScopeGrant("crm", undefined, { id: "xpc_a" }),
    ];

    assert.equal(programs.length, 0);
    expectTypeOf<ConstructorParameters<typeof ApiClient>[1]>().toEqualTypeOf<ApiClientArgs>();
    expectTypeOf<ConstructorParameters<typeof ScopeGrant>[1]>().toEqualTypeOf<ScopeGrantArgs>();
  });

  it("take a client ID, an output of one, and a client alike", async () => {
    new ScopeGrant("a", { client: new ApiClient("crm", { name: "CRM sync" }), permissions: [] });
    new ScopeGrant("b", { client: new ApiClient("crm", { name: "CRM sync" }).id, permissions: [] });
    new ScopeGrant("c", { client: "crm-id", permissions: [] });

    const grants = (await recordedResources()).filter(({ type }) => type.endsWith("ScopeGrant"));

    assert.deepEqual(
      grants.map(({ inputs }) => inputs["client"]),
      ["crm-id", "crm-id", "crm-id"],
    );
  });

  it("has no parent where a program in JavaScript gives null", () => {
    const options = JSON.parse('{ "parent": null }');

    assert.doesNotThrow(() => new ApiClient("without-parent", { name: "Without parent" }, options));
  });

  it("name their owner by the organization and their URN", async () => {
    const parent = new pulumi.ComponentResource("acme:Team", "growth");
    new ApiClient("crm", { name: "CRM sync" }, { parent });

    const client = (await recordedResources()).find(({ type }) => type.endsWith("ApiClient"));

    assert.equal(
      client?.inputs["managedBy"],
      `acme-org/urn:pulumi:dev::programs::acme:Team$${RESOURCE_MODULE}:ApiClient::crm`,
    );
  });

  it("give the secret as a string, and fail when the program has none", async () => {
    const made = new ApiClient("made", { name: "Made" });
    Reflect.set(made, "clientSecret", pulumi.secret("s3cret"));
    const read = new ApiClient("read", { name: "Read" });
    Reflect.set(read, "clientSecret", pulumi.output(null));
    const integration = new Integration("app", { permissions: [] });
    Reflect.set(integration.client, "clientSecret", pulumi.secret("s3cret"));
    const resultOf = (output: pulumi.Output<string>) => new Promise((resolve) => output.apply(resolve));
    // Promises of an output are internal to the SDK.
    const failureOf = (output: object): Promise<unknown> => Reflect.apply(Reflect.get(output, "promise"), output, []);

    expectTypeOf(made.secretValue).toExtend<pulumi.Input<string>>();
    assert.equal(await resultOf(made.secretValue), "s3cret");
    assert.equal(await resultOf(integration.secretValue), "s3cret");
    assert.ok(await pulumi.isSecret(made.secretValue));
    await assert.rejects(failureOf(read.secretValue), {
      message: /^read: the program has no secret of this client: the backend shows a secret only when it is made/,
    });
  });

  for (const [what, args] of [
    ["without a secret", { secretVersion: 0 }],
    ["whose version is an output", { secretVersion: pulumi.output(0) }],
    ["that it adopts", { adopt: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" }],
  ] as const) {
    it(`fail in the preview where the program needs the secret of a new client ${what}`, async () => {
      await resetRecordedResources({ isPreview: true, isNew: true });
      const app = new Integration("app", { ...args, permissions: [] });

      await assert.rejects(Reflect.apply(Reflect.get(app.secretValue, "promise"), app.secretValue, []), {
        message:
          "app: the program has no secret of this client: the backend shows a secret only when it is made; add one to secretVersion, after the adoption of an adopted client, or use clientSecret, which may be null",
      });
    });
  }

  it("preview the secret of a new client as not known", async () => {
    await resetRecordedResources({ isPreview: true, isNew: true });
    const { secretValue } = new ApiClient("made", { name: "Made", secretVersion: 1 });

    assert.equal(await Reflect.get(secretValue, "isKnown"), false);
  });

  it("preview the secret of a client that the program has adopted before, which a rotation makes", async () => {
    await resetRecordedResources({ isPreview: true });
    const adopt = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";
    const { secretValue } = new ApiClient("adopted", { name: "Adopted", secretVersion: 2, adopt });

    assert.equal(await Reflect.get(secretValue, "isKnown"), false);
  });

  it("need no organization in a unit test", async () => {
    const recorded: pulumi.runtime.MockResourceArgs[] = [];
    await pulumi.runtime.setMocks({
      newResource(args) {
        recorded.push(args);
        return { id: `${args.name}-id`, state: args.inputs };
      },
      call: ({ inputs }) => inputs,
    });

    new ApiClient("crm", { name: "CRM sync" });
    await pulumi.runtime.disconnect();

    assert.match(String(recorded[0]?.inputs["managedBy"]), /^organization\/urn:pulumi:/);
  });

  it("say of what they compose the owner, for the check", async () => {
    const urn = `urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::crm`;
    new ApiClient("crm", { name: "CRM sync" });
    await withConfig({ "xtremepush:owner": "team-growth" }, async () => {
      new ApiClient("crm", { name: "CRM sync" });
    });

    const recorded = await recordedResources();

    assert.deepEqual(
      recorded.map(({ inputs }) => inputs["declaredBy"]),
      [
        { owner: "acme-org", isChosen: false, urn },
        { owner: "team-growth", isChosen: true, urn },
      ],
    );
  });

  it("tell the check of a grant the name of its client, however the program passes the client", async () => {
    const crm = new ApiClient("crm", { name: "CRM sync" });
    new ScopeGrant("resource", { client: crm, permissions: [] });
    const billing = new ApiClient("billing", { name: pulumi.output("Billing") });
    new ScopeGrant("output", { client: billing.clientId, permissions: [] });
    new ScopeGrant("text", { client: "xpc_a", permissions: [] });

    const recorded = await recordedResources();

    const grants = recorded.filter(({ type }) => type.endsWith(":ScopeGrant"));
    const nameOf = (declaredBy: unknown) => Object(declaredBy).clientName;
    assert.deepEqual(Object.fromEntries(grants.map(({ name, inputs }) => [name, nameOf(inputs["declaredBy"])])), {
      resource: "CRM sync",
      output: "Billing",
      text: undefined,
    });
  });

  it("name their owner by the configuration before everything else", async () => {
    await withConfig({ "xtremepush:owner": "team-growth" }, async () => {
      new ApiClient("crm", { name: "CRM sync" });
    });

    const [client] = await recordedResources();

    assert.match(String(client?.inputs["managedBy"]), /^team-growth\/urn:pulumi:dev::/);
  });

  it("pass on what an untyped program misspells, so that the check can name it", async () => {
    const untyped: object = { name: "CRM sync", scopes: ["list:profile"] };
    // An untyped program may give anything.
    new ApiClient("crm", untyped as { name: string });

    const [client] = await recordedResources();

    assert.deepEqual(client?.inputs["scopes"], ["list:profile"]);
  });

  it("send a permission that is undefined, so that the check can refuse it", async () => {
    const untyped: { list: Record<string, Permission> } = { list: {} };
    // What a misspelt name is in an untyped program.
    const misspelt = untyped.list["profle"] as Permission;
    new ScopeGrant("crm", { client: "xpc_a", permissions: [misspelt, "list:segment"] });

    const [grant] = await recordedResources();

    assert.deepEqual(grant?.inputs["permissions"], { "permissions[0]": null, "list:segment": true });
  });

  it("send a public key that is undefined, so that the check can refuse it", async () => {
    const untyped: Record<string, string> = {};
    const keys = { a: untyped["b"] as string, b: pulumi.output(untyped["b"] as string), c: "pem" };
    new ApiClient("crm", { name: "CRM sync", publicKeys: keys });
    new ApiClient("cdp", { name: "CDP sync", publicKeys: pulumi.output(keys) });

    const clients = await recordedResources();

    assert.deepEqual(
      clients.map(({ inputs }) => inputs["publicKeys"]),
      [
        { a: null, b: null, c: "pem" },
        { a: null, b: null, c: "pem" },
      ],
    );
  });

  it("refuse a Set, which the engine would take for a grant of nothing", () => {
    const untyped: unknown = new Set(["list:segment"]);

    // An untyped program may give anything.
    assert.throws(() => new ScopeGrant("crm", { client: "xpc_a", permissions: untyped as Permission[] }), {
      message: "permissions must be a list: write [...permissions] to make one of a Set",
    });
  });

  it("turn the option import of a client into the input adopt", async () => {
    new ApiClient("crm", { name: "CRM sync" }, { import: "xpc_a" });

    const [client] = await recordedResources();

    assert.equal(client?.inputs["adopt"], "xpc_a");
  });

  it("refuse adopt beside the option import", () => {
    assert.throws(() => new ApiClient("crm", { name: "CRM sync", adopt: "xpc_a" }, { import: "xpc_a" }), {
      message: "crm: adopt and the resource option import mean the same; give one of them",
    });
  });

  it("send what a client has of secrets and keys", async () => {
    const publicKeys = { "2026-q4": pulumi.output("pem") };
    new ApiClient("crm", { name: "CRM sync", secretVersion: 2, secretOverlap: "7d", publicKeys });

    const [client] = await recordedResources();

    const { secretVersion, secretOverlap, publicKeys: sent } = client?.inputs ?? {};
    assert.deepEqual([secretVersion, secretOverlap, sent], [2, "7d", { "2026-q4": "pem" }]);
  });

  it("know of a client which one it adopts, and whether its end is that of the live client", async () => {
    const made = new ApiClient("made", { name: "Made" });
    const adopted = new ApiClient("adopted", { name: "Adopted" }, { import: "xpc_a" });
    const retained = new ApiClient("retained", { name: "Retained" }, { retainOnDelete: true });
    const read = ApiClient.get("read", "xpc_b");
    const other = new ScopeGrant("other", { client: "xpc_c", permissions: [] });

    // Those of the source, as another copy of the package has them.
    const facts = [made, adopted, retained, read, other]
      .map(readFacts)
      .map(({ adopt, deletable }) => ({ adopt, deletable }));

    assert.deepEqual(facts, [
      { adopt: undefined, deletable: true },
      { adopt: "xpc_a", deletable: true },
      { adopt: undefined, deletable: false },
      { adopt: undefined, deletable: false },
      { adopt: undefined, deletable: false },
    ]);
  });

  it("refuse a token in plain text in the stack configuration, without showing it", async () => {
    await withConfig({ "xtremepush:token": "xpat_not-a-token" }, async () => {
      assert.throws(
        () => new ApiClient("crm", { name: "CRM sync" }),
        (error: Error) =>
          pulumi.RunError.isInstance(error) &&
          /xtremepush:token in plain text/.test(error.message) &&
          !error.message.includes("xpat_not-a-token"),
      );
    });
  });

  it("accept a token that the stack configuration keeps as a secret", async () => {
    await withConfig({ "xtremepush:token": "xpat_not-a-token" }, async () => {
      new ApiClient("crm", { name: "CRM sync" });
    }, ["xtremepush:token"]);

    assert.equal((await recordedResources()).length, 1);
  });
});

describe("Provider", () => {
  beforeEach(resetRecordedResources);

  it("hands over the name of the variable and never the token", async () => {
    new Provider("eu", { endpoint: "https://access.example.com", project: "acme", tokenVariable: "EU_TOKEN" });

    const [provider] = await recordedResources();

    assert.deepEqual(provider?.inputs, {
      "xtremepush:endpoint": "https://access.example.com",
      "xtremepush:project": "acme",
      "xtremepush:tokenVariable": "EU_TOKEN",
    });
  });

  it("refuses a token in place of the variable's name, without showing it", () => {
    const args = { endpoint: "https://access.example.com", project: "acme", tokenVariable: "xpat_Abc" };

    assert.throws(
      () => new Provider("eu", args),
      (error: Error) => /name of an environment variable/.test(error.message) && !error.message.includes("xpat_Abc"),
    );
  });
});
