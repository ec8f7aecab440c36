import assert from "node:assert/strict";
import { crmProgram, type EngineBench, openEngineBench, UNCHANGED, UP } from "../support/engine/engine";

describe("a renamed stack keeps its clients and is their owner under its new name", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("stack-rename");
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("updates the owner once and nothing else", async () => {
    const before = await bench.onlyClient();
    await bench.stack.succeed("stack", "rename", "prod");

    const output = await bench.stack.succeed(...UP);

    const { id, name, managedBy, revision, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, revision], [before.id, "CRM sync", 2]);
    assert.match(managedBy ?? "", /^organization\/urn:pulumi:prod::programs::.*ApiClient::crm$/);
    assert.match(grant.managedBy ?? "", /^organization\/urn:pulumi:prod::programs::.*ScopeGrant::crm$/);
    assert.deepEqual(grant.permissions, ["list:segment"]);
    assert.match(output, /~ 2 updated/);
    await bench.stack.succeed(...UNCHANGED);
  });
});
