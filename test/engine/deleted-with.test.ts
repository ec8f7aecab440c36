import assert from "node:assert/strict";
import { DESTROY, type EngineBench, openEngineBench, programOf, UP } from "../support/engine/engine";
import { startWatchingProxy, type WatchingProxy } from "../support/sdk/watching-proxy";

describe("a grant goes with its client, and by itself where the client stays", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  let proxy: WatchingProxy;
  before(async () => {
    bench = await openEngineBench("deleted-with");
    proxy = await startWatchingProxy(bench.endpoint);
  });
  after(async () => {
    await proxy.close();
    await bench.close();
  });

  const writesSinceLast = () => proxy.sinceLast().filter((request) => !request.startsWith("GET "));
  const idOf = async (name: string) => (await bench.clients()).find((client) => client.name === name)?.id ?? "";
  const program = (...grants: readonly string[]) =>
    programOf(`
      pulumi.runtime.registerStackTransformation(({ name, type, props, opts }) => {
        const isMeant = name === "transformed" && type.endsWith("ApiClient");
        return isMeant ? { props, opts: { ...opts, retainOnDelete: true } } : undefined;
      });
      const team = new pulumi.ComponentResource("acme:Team", "growth", {}, { retainOnDelete: true });
      const clients = {
        managed: new ApiClient("managed", { name: "managed" }),
        retained: new ApiClient("retained", { name: "retained" }, { retainOnDelete: true }),
        parented: new ApiClient("parented", { name: "parented" }, { parent: team }),
        transformed: new ApiClient("transformed", { name: "transformed" }),
      };
      const options = { transformed: { deletedWith: undefined } };
      for (const name of ${JSON.stringify(grants)}) {
        new ScopeGrant(name, { client: clients[name], permissions: ["list:segment"] }, options[name]);
      }`);

  it("is taken away by a call of its own when the program drops it and keeps the client", async () => {
    const stack = bench.stack.with({ XTREMEPUSH_ENDPOINT: proxy.endpoint });
    await stack.write("index.js", program("managed"));
    await stack.succeed(...UP);
    proxy.sinceLast();
    await stack.write("index.js", program());

    await stack.succeed(...UP);

    const managed = await idOf("managed");
    assert.deepEqual(writesSinceLast(), [`PUT /v1/projects/deleted-with/clients/${managed}/permissions`]);
  });

  it("needs no call in a destroy, but for the clients that are retained", async () => {
    const stack = bench.stack.with({ XTREMEPUSH_ENDPOINT: proxy.endpoint });
    await stack.write("index.js", program("managed", "retained", "parented", "transformed"));
    await stack.succeed(...UP);
    const clients = await bench.clients();
    proxy.sinceLast();

    await stack.succeed(...DESTROY);

    const owned = encodeURIComponent("organization/urn:pulumi:dev::programs::");
    const [managed, ...retained] = clients.map(({ id }) => `/v1/projects/deleted-with/clients/${id}`);
    assert.deepEqual(
      writesSinceLast().sort(),
      [`DELETE ${managed}?grantOwnerPrefix=${owned}`, ...retained.map((client) => `PUT ${client}/permissions`)].sort(),
    );
    assert.deepEqual(
      (await bench.clients()).map(({ name, grant }) => [name, grant.permissions]),
      [
        ["parented", []],
        ["retained", []],
        ["transformed", []],
      ],
    );
    const [{ id } = { id: "" }] = clients;
    await bench.admin.clients.restore("deleted-with", id);
    assert.deepEqual((await bench.admin.grants.get("deleted-with", id)).permissions, ["list:segment"]);
  });
});
