import assert from "node:assert/strict";
import { DESTROY, type EngineBench, openEngineBench, programOf, UNCHANGED, UP } from "../support/engine/engine";

describe("get reads clients and grants without managing them", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let clientId: string;
  let program: string;
  before(async () => {
    bench = await openEngineBench("get");
    const client = await bench.ana.clients.create("get", { name: "Made by hand" });
    clientId = client.id;
  });
  after(() => bench.close());

  it("reads a client and grants it permissions", async () => {
    program = programOf(`
        const crm = ApiClient.get("crm", "${clientId}");
        const grant = new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });
        const read = ScopeGrant.get("read", grant.id);
        exports.crm = { name: crm.name, clientId: crm.clientId, createdBy: crm.createdBy, secret: crm.clientSecret };
        exports.permissions = read.permissions;`);
    await bench.stack.write("index.js", program);

    await bench.stack.succeed(...UP);

    assert.deepEqual(JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets")), {
      crm: { name: "Made by hand", clientId, createdBy: "ana of get", secret: null },
      permissions: { "list:segment": true },
    });
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("refuses in the preview one that does not exist, and leaves the state as it was", async () => {
    await bench.stack.write(
      "index.js",
      programOf('exports.name = ApiClient.get("crm", "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa").name;'),
    );

    const output = await bench.stack.fail("preview");

    assert.match(
      output,
      /error: Preview failed: there is no client xpc_a{26} in project get: check the client ID, the project/,
    );
    await bench.stack.write("index.js", program);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("takes the grant back in a destroy and leaves the client", async () => {
    await bench.stack.succeed(...DESTROY);

    const { id, name, managedBy, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, managedBy, grant.permissions], [clientId, "Made by hand", null, []]);
  });
});
