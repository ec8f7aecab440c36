import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ApiClient, Provider, ScopeGrant } from "pulumi-xtremepush";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { recordedResources, resetRecordedResources } from "../support/provider/pulumi-mocks";

const URN = `urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::crm`;

describe("a grant, in a program,", () => {
  beforeEach(resetRecordedResources);

  async function grants() {
    const found = (await recordedResources()).filter(({ type }) => type.endsWith("ScopeGrant"));
    return found.toSorted((a, b) => a.name.localeCompare(b.name));
  }
  async function endings() {
    return (await grants()).map(({ deletedWith }) => deletedWith);
  }

  describe("uses the Provider of its client", () => {
    const args = (project: string) => ({ endpoint: "https://a.example", project, tokenVariable: "EU" });
    const nameOf = (resource: pulumi.Resource) =>
      Reflect.get(resource.getProvider("pulumi-nodejs:a:B") ?? {}, "__name");

    it("when it names none, or the same", () => {
      const eu = new Provider("eu", args("acme"));
      const us = new Provider("us", args("beta"));
      const parent = new pulumi.ComponentResource("acme:Team", "growth", {}, { providers: [us] });
      const client = new ApiClient("crm", { name: "CRM sync" }, { provider: eu });
      const inherits = new ApiClient("cdp", { name: "CDP sync" }, { parent });
      const read = ApiClient.get("app", "xpc_a", { provider: us });

      const grants = [
        new ScopeGrant("a", { client, permissions: [] }, { parent }),
        new ScopeGrant("b", { client: inherits, permissions: [] }),
        new ScopeGrant("c", { client: read, permissions: [] }, { provider: us }),
      ];

      assert.deepEqual(grants.map(nameOf), ["eu", "us", "us"]);
    });

    it("and is refused when the two differ", () => {
      const eu = new Provider("eu", args("acme"));
      const us = new Provider("us", args("beta"));
      const client = new ApiClient("crm", { name: "CRM sync" }, { provider: eu });
      const plain = new ApiClient("cdp", { name: "CDP sync" });
      const other = new ApiClient("app", { name: "App" });
      const parent = new pulumi.ComponentResource("acme:Team", "growth", {}, { providers: [us] });

      assert.throws(() => new ScopeGrant("a", { client, permissions: [] }, { provider: us }), {
        message:
          /^a: the grant uses the Provider us, but its client uses the Provider eu: leave out the option provider of the grant/,
      });
      assert.throws(() => new ScopeGrant("b", { client: plain, permissions: [] }, { provider: us }), {
        message: /^b: the grant uses the Provider us, but its client uses the stack's own settings: leave out/,
      });
      assert.throws(() => new ScopeGrant("c", { client: other, permissions: [] }, { parent }), {
        message: /^c: the grant uses the Provider us, but its client uses the stack's own settings: give both the same/,
      });
    });

    it("or any, when it has only the client ID", async () => {
      const us = new Provider("us", args("beta"));
      const grant = new ScopeGrant("a", { client: "xpc_a", permissions: [] }, { provider: us });

      assert.equal(nameOf(grant), "us");
    });
  });

  describe("ends with its client", () => {
    it("when the program manages that client", async () => {
      const client = new ApiClient("crm", { name: "CRM sync" });
      new ScopeGrant("crm", { client, permissions: [] });

      assert.deepEqual(await endings(), [URN]);
    });

    it("when both are in one component, or the grant is in the client", async () => {
      const parent = new pulumi.ComponentResource("acme:Team", "growth", {}, { retainOnDelete: true });
      const one = new ApiClient("one", { name: "CRM sync" }, { parent });
      const other = new ApiClient("other", { name: "Profile importer" }, { parent });
      new ScopeGrant("beside", { client: one, permissions: [] }, { parent });
      new ScopeGrant("inside", { client: other, permissions: [] }, { parent: other });

      assert.deepEqual(
        (await endings()).map((urn) => /::(?:one|other)$/.test(urn)),
        [true, true],
      );
    });
  });

  describe("ends by itself", () => {
    it("when the program only reads the client, or has nothing of it but its ID", async () => {
      const client = ApiClient.get("crm", "xpc_a");
      new ScopeGrant("a", { client, permissions: [] });
      new ScopeGrant("b", { client: "xpc_a", permissions: [] });
      new ScopeGrant("c", { client: ApiClient.get("cdp", "xpc_b").id, permissions: [] });

      assert.deepEqual(await endings(), ["", "", ""]);
    });

    it("when the client is retained, or may be by a parent that the grant does not have", async () => {
      const retained = new ApiClient("retained", { name: "Retained" }, { retainOnDelete: true });
      const parent = new pulumi.ComponentResource("acme:Team", "growth", {}, { retainOnDelete: true });
      const inside = new ApiClient("inside", { name: "Inside" }, { parent });
      new ScopeGrant("a", { client: retained, permissions: [] });
      new ScopeGrant("b", { client: inside, permissions: [] });

      assert.deepEqual(await endings(), ["", ""]);
    });

    it("when the client is protected, by itself, by a parent or by a transformation", async () => {
      const parent = new pulumi.ComponentResource("acme:Team", "growth", {}, { protect: true });
      const guard: pulumi.ResourceTransformation = ({ props, opts }) => ({ props, opts: { ...opts, protect: true } });
      const clients = [
        new ApiClient("a", { name: "A" }, { protect: true }),
        new ApiClient("b", { name: "B" }, { parent }),
        new ApiClient("c", { name: "C" }, { transformations: [guard] }),
        new ApiClient("d", { name: "D" }, { protect: false }),
      ];
      for (const [index, client] of clients.entries()) {
        new ScopeGrant(`grant-${index}`, { client, permissions: [] }, index === 1 ? { parent } : {});
      }

      assert.deepEqual(
        (await endings()).map((urn) => urn !== ""),
        [false, false, false, true],
      );
    });

    it("when the program says with what it ends, or that it ends by itself", async () => {
      const [client, second] = [new ApiClient("crm", { name: "CRM sync" }), new ApiClient("cdp", { name: "CDP" })];
      const other = new Provider("eu", { endpoint: "https://a.example", project: "acme", tokenVariable: "EU" });
      new ScopeGrant("a", { client, permissions: [] }, { deletedWith: other });
      const nothing: { deletedWith?: pulumi.Resource } = JSON.parse("{}");
      // What an untyped program writes; the types leave the option out.
      new ScopeGrant(
        "b",
        { client: second, permissions: [] },
        { ...nothing, deletedWith: undefined as unknown as pulumi.Resource },
      );

      assert.deepEqual(await endings(), ["urn:pulumi:dev::programs::pulumi:providers:pulumi-nodejs::eu", ""]);
    });
  });

  describe("of a client that is adopted", () => {
    it("knows the client ID at once, and waits for the client", async () => {
      const client = new ApiClient("crm", { name: "CRM sync", adopt: "xpc_a" });
      new ScopeGrant("crm", { client, permissions: [] });

      const [grant] = await grants();

      assert.deepEqual([grant?.inputs["client"], grant?.inputs["adopt"]], ["xpc_a", "xpc_a"]);
      assert.deepEqual([grant?.dependencies, grant?.deletedWith], [[URN], URN]);
    });

    it("takes the client's own ID when it turns out that it adopts none", async () => {
      const adopt = pulumi.output<string | undefined>(undefined);
      const client = new ApiClient("crm", { name: "CRM sync", adopt });
      new ScopeGrant("crm", { client, permissions: [] });

      const [grant] = await grants();

      assert.deepEqual([grant?.inputs["client"], grant?.inputs["adopt"]], ["crm-id", undefined]);
    });
  });

  describe("with the option import", () => {
    it("adopts the grant of that client, and passes no import to the engine", async () => {
      new ScopeGrant("crm", { client: "xpc_a", permissions: [] }, { import: "xpc_a" });

      const [grant] = await grants();

      assert.deepEqual([grant?.inputs["client"], grant?.inputs["adopt"]], ["xpc_a", "xpc_a"]);
      assert.ok(!("import" in (grant?.inputs ?? {})));
    });

    it("is refused when that is another client than its own, once both are known", () => {
      const message = "crm: the option import names client xpc_b, but this is the grant of client xpc_a: remove import";
      const adopted = new ApiClient("crm", { name: "CRM sync", adopt: "xpc_a" });

      for (const client of ["xpc_a", adopted]) {
        assert.throws(() => new ScopeGrant("crm", { client, permissions: [] }, { import: "xpc_b" }), { message });
      }
    });
  });
});
