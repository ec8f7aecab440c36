import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import {
  crmProgram,
  type EngineBench,
  openEngineBench,
  programOf,
  UNCHANGED,
  UP,
  urnOf,
} from "../support/engine/engine";

describe("moving a state or working on a part of it keeps one client and its permissions", function () {
  this.timeout(180_000);

  let bench: EngineBench;
  let first: { clientId: string; clientSecret: string };
  before(async () => {
    bench = await openEngineBench("keeps-one-client");
    await bench.stack.write("index.js", crmProgram("list:segment", "import:profile"));
    await bench.stack.succeed(...UP);
    first = await outputs();
  });
  after(() => bench.close());

  async function outputs(): Promise<typeof first> {
    return JSON.parse(await bench.stack.succeed("stack", "output", "--json", "--show-secrets"));
  }
  async function scopeOfTheSecret(): Promise<string> {
    return (await new AccessClient({ endpoint: bench.endpoint }).oauth.token(first)).scope;
  }

  it("with --target of the client, which leaves the grant as it is", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM", description: "Nightly" });
        new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });`),
    );

    await bench.stack.succeed(...UP, "--target", urnOf("ApiClient", "crm"));

    const { id, name, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, grant.permissions], [first.clientId, "CRM", ["list:segment", "import:profile"]]);
  });

  it("with --target of the grant, which leaves the client as it is", async () => {
    await bench.stack.write("index.js", crmProgram("list:segment"));

    await bench.stack.succeed(...UP, "--target", urnOf("ScopeGrant", "crm"));

    const { id, name, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, grant.permissions], [first.clientId, "CRM", ["list:segment"]]);
    await bench.stack.succeed(...UP);
    assert.equal(await scopeOfTheSecret(), "list:segment");
  });

  it("with `pulumi state move` to another stack, which is the owner from its next run on", async () => {
    await bench.stack.succeed("stack", "init", "prod");
    const urns = [urnOf("ApiClient", "crm"), urnOf("ScopeGrant", "crm")];
    await bench.stack.succeed("state", "move", "--yes", "--source", "dev", "--dest", "prod", ...urns);

    await bench.stack.succeed(...UP, "--stack", "prod");

    const { id, managedBy, grant } = await bench.onlyClient();
    assert.deepEqual([id, grant.permissions], [first.clientId, ["list:segment"]]);
    assert.match(managedBy ?? "", /^organization\/urn:pulumi:prod::/);
    assert.match(grant.managedBy ?? "", /^organization\/urn:pulumi:prod::/);
    assert.equal(await scopeOfTheSecret(), "list:segment");
    await bench.stack.succeed(...UNCHANGED, "--stack", "prod");
  });

  it("and the stack that it has left does nothing to it", async () => {
    await bench.stack.write("index.js", programOf(""));

    await bench.stack.succeed(...UP, "--stack", "dev");

    assert.equal(await scopeOfTheSecret(), "list:segment");
  });
});
