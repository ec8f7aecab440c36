import assert from "node:assert/strict";
import { assertPlain, crmProgram, type EngineBench, openEngineBench, programOf, UP } from "../support/engine/engine";

describe("a grant is not created over permissions that were given by hand", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("ticked-by-hand");
    await bench.stack.write("index.js", programOf('new ApiClient("crm", { name: "CRM sync" });'));
    await bench.stack.succeed(...UP);
    const { id } = await bench.onlyClient();
    await bench.ana.grants.put("ticked-by-hand", id, { permissions: ["list:segment", "delete:list"] }, { ifMatch: 0 });
  });
  after(() => bench.close());

  it("fails with one line for each permission that it would change", async () => {
    await bench.stack.write("index.js", crmProgram("list:segment", "list:profile"));

    const output = await bench.stack.fail(...UP);

    const { id, grant } = await bench.onlyClient();
    assert.ok(output.includes(`client ${id} already has permissions, set by "ana of ticked-by-hand"`), output);
    const lines = output.split("\n").filter((line) => /^ +[-+] [a-z]+:[a-z]+$/.test(line));
    assert.deepEqual(
      lines.map((line) => line.trim()),
      ["- delete:list", "+ list:profile"],
    );
    assert.deepEqual(grant.permissions, ["delete:list", "list:segment"]);
    assertPlain(output);
  });

  it("succeeds when it declares exactly what is there", async () => {
    await bench.stack.write("index.js", crmProgram("delete:list", "list:segment"));

    await bench.stack.succeed(...UP);

    const { grant } = await bench.onlyClient();
    assert.deepEqual(grant.permissions, ["delete:list", "list:segment"]);
    assert.match(grant.managedBy ?? "", /ScopeGrant::crm$/);
  });
});
