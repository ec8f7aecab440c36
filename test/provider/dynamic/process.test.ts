import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { type DynamicProvider, startDynamicProvider } from "../../support/provider/dynamic-provider";
import { type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";

const API_CLIENT = 'exports.handler = () => require("pulumi-xtremepush/dynamic").apiClient';
const SCOPE_GRANT = 'exports.handler = () => require("pulumi-xtremepush/dynamic").scopeGrant';

describe("the dynamic provider's process, over gRPC", () => {
  let backend: ProviderBackend;
  let provider: DynamicProvider;
  before(async () => {
    backend = await startProviderBackend();
    provider = await startDynamicProvider(backend.environment);
    await provider.call("configure", { args: {} });
  });
  after(async () => {
    await provider.close();
    await backend.close();
  });

  it("loads the handlers by the package's name and takes a client and its grant through their lives", async () => {
    const inputs = { name: "CRM sync", managedBy: "acme-org/urn:a", __provider: API_CLIENT };

    const { id, properties } = await provider.call("create", { properties: inputs });
    const declared = {
      client: id,
      permissions: { "list:profile": true },
      managedBy: "acme-org/urn:b",
      __provider: SCOPE_GRANT,
    };
    const grant = await provider.call("create", { properties: declared });
    const news = { ...declared, permissions: { "info:task": true } };
    const diff = await provider.call("diff", { id, olds: grant["properties"], news });
    const updated = await provider.call("update", { id, olds: grant["properties"], news });
    const read = await provider.call("read", { id, properties: updated["properties"] });
    const live = await backend.admin.grants.get("acme", String(id));
    await provider.call("delete", { id, properties: updated["properties"] });
    await provider.call("delete", { id, properties });

    assert.equal(diff["changes"], 0, "unknown: the engine decides");
    assert.deepEqual(live.permissions, ["info:task"]);
    assert.deepEqual(Object(read["inputs"]).permissions, { "info:task": true });
    assert.equal(Object(read["inputs"]).__provider, SCOPE_GRANT);
    await assert.rejects(backend.admin.clients.get("acme", String(id)), { code: "client_not_found" });
  });

  it("gives an error as one message with its resource, and prints nothing besides", async () => {
    const owner = `acme-org/urn:pulumi:dev::programs::${RESOURCE_MODULE}:ApiClient::crm`;
    const properties = { __provider: API_CLIENT, project: "beta", owner, managedBy: "acme-org/another" };
    const gone = { id: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", properties };

    await assert.rejects(provider.call("read", gone), {
      details:
        "ApiClient crm: the resource is in project beta, but the environment variable XTREMEPUSH_PROJECT says acme: restore that setting, or use another stack for acme",
    });

    assert.equal(provider.printed(), "");
  });
});
