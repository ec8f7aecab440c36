import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { DESTROY, type EngineBench, openEngineBench, programOf, UNCHANGED, UP } from "../support/engine/engine";

describe("resources of one name under two parents are two clients of two owners", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("same-name");
  });
  after(() => bench.close());

  it("makes two clients, each with its own permissions", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        for (const [brand, permission] of [["Brand", "list:segment"], ["Retail", "list:profile"]]) {
          const parent = new pulumi.ComponentResource("acme:" + brand, brand);
          const crm = new ApiClient("crm", { name: brand + " CRM" }, { parent });
          new ScopeGrant("crm", { client: crm, permissions: [permission] }, { parent });
        }`),
    );

    await bench.stack.succeed(...UP);

    const live = (await bench.clients()).map(({ name, managedBy, grant }) => ({
      name,
      managedBy,
      grant: grant.permissions,
    }));
    assert.deepEqual(live, [
      { name: "Brand CRM", managedBy: ownerUnder("acme:Brand"), grant: ["list:segment"] },
      { name: "Retail CRM", managedBy: ownerUnder("acme:Retail"), grant: ["list:profile"] },
    ]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("destroys both", async () => {
    await bench.stack.succeed(...DESTROY);

    assert.deepEqual(await bench.clients(), []);
  });
});

function ownerUnder(parent: string): string {
  return `organization/urn:pulumi:dev::programs::${parent}$${RESOURCE_MODULE}:ApiClient::crm`;
}
