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

describe("a replaced resource is live afterwards, without an orphan", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("replacement");
    await bench.stack.write("index.js", crmProgram("import:profile", "list:segment"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  async function scopeOfTheToken(): Promise<string | undefined> {
    const outputs = await bench.stack.succeed("stack", "output", "--json", "--show-secrets");
    const { clientId, clientSecret } = JSON.parse(outputs);
    return (await new AccessClient({ endpoint: bench.endpoint }).oauth.token({ clientId, clientSecret })).scope;
  }

  it("gives a replaced grant back to the same client", async () => {
    const before = await bench.onlyClient();

    await bench.stack.succeed(...UP, "--replace", urnOf("ScopeGrant", "crm"));

    assert.equal((await bench.onlyClient()).id, before.id);
    assert.equal(await scopeOfTheToken(), "list:segment import:profile");
    await bench.stack.succeed(...UNCHANGED);
  });

  it("gives it back also when a wrapper asks for the other order", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM sync" }, { deleteBeforeReplace: undefined });
        new ScopeGrant("crm", { client: crm, permissions: ["import:profile", "list:segment"] }, { deleteBeforeReplace: false });
        exports.clientId = crm.clientId;
        exports.clientSecret = crm.clientSecret;`),
    );

    await bench.stack.succeed(...UP, "--replace", urnOf("ScopeGrant", "crm"));

    assert.equal(await scopeOfTheToken(), "list:segment import:profile");
    await bench.stack.succeed(...UNCHANGED);
  });

  it("makes another client with a secret that works and the same permissions", async () => {
    const before = await bench.onlyClient();

    await bench.stack.succeed(...UP, "--replace", urnOf("ApiClient", "crm"));

    assert.notEqual((await bench.onlyClient()).id, before.id);
    assert.equal(await scopeOfTheToken(), "list:segment import:profile");
    await bench.stack.succeed(...UNCHANGED);
  });
});
