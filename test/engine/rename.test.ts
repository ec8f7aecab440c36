import assert from "node:assert/strict";
import {
  assertPlain,
  crmProgram,
  type EngineBench,
  openEngineBench,
  programOf,
  UNCHANGED,
  UP,
} from "../support/engine/engine";
import { HASTY } from "../support/engine/name-patience";

describe("a resource renamed in the program keeps its client with an alias, and fails without", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  let clientId: string;
  before(async () => {
    bench = await openEngineBench("rename");
    await bench.stack.write("index.js", crmProgram("list:segment", "import:profile"));
    await bench.stack.succeed(...UP);
    clientId = (await bench.onlyClient()).id;
  });
  after(() => bench.close());

  async function assertSameClient() {
    const { id, name, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, grant.permissions], [clientId, "CRM sync", ["list:segment", "import:profile"]]);
  }

  let aliases: string;
  it("fails without an alias, prints the line to add, and changes nothing", async () => {
    await bench.stack.write("index.js", renamed(""));

    const output = await bench.stack.with(HASTY).fail(...UP);

    [aliases = ""] = /aliases: \[.*\]/.exec(output) ?? [];
    assert.ok(output.includes(`the name "CRM sync" is taken by client ${clientId}`), output);
    assert.notEqual(aliases, "", output);
    assertPlain(output);
    await assertSameClient();
  });

  it("keeps client ID and permissions with exactly the printed line", async () => {
    await bench.stack.write("index.js", renamed(aliases));

    await bench.stack.succeed(...UP);

    await assertSameClient();
    assert.match((await bench.onlyClient()).managedBy ?? "", /ApiClient::profiles$/);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("keeps both when they move under a component", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const team = new pulumi.ComponentResource("acme:Team", "growth");
        const options = { parent: team, aliases: [{ parent: pulumi.rootStackResource }] };
        const crm = new ApiClient("profiles", { name: "CRM sync" }, options);
        new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "import:profile"] }, options);`),
    );

    await bench.stack.succeed(...UP);

    await assertSameClient();
    const { managedBy, grant } = await bench.onlyClient();
    assert.match(managedBy ?? "", /acme:Team\$pulumi-nodejs:dynamic\/xtremepush:ApiClient::profiles$/);
    assert.match(grant.managedBy ?? "", /acme:Team\$pulumi-nodejs:dynamic\/xtremepush:ScopeGrant::crm$/);
    await bench.stack.succeed(...UNCHANGED);
  });
});

function renamed(aliases: string): string {
  return programOf(`
    const crm = new ApiClient("profiles", { name: "CRM sync" }, { ${aliases} });
    new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "import:profile"] });`);
}
