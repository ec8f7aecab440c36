import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { crmProgram, type EngineBench, openEngineBench, UNCHANGED, UP, urnOf } from "../support/engine";

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

  it("makes another client with a secret that works and the same permissions", async () => {
    const before = await bench.onlyClient();

    await bench.stack.succeed(...UP, "--replace", urnOf("ApiClient", "crm"));

    assert.notEqual((await bench.onlyClient()).id, before.id);
    assert.equal(await scopeOfTheToken(), "list:segment import:profile");
    await bench.stack.succeed(...UNCHANGED);
  });
});
