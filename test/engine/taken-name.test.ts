import assert from "node:assert/strict";
import { assertPlain, crmProgram, type EngineBench, openEngineBench, UP } from "../support/engine/engine";

describe("a name that a client made by hand has is refused, and that client is named", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("taken-name");
  });
  after(() => bench.close());

  it("names the client, and makes nothing", async () => {
    const { id } = await bench.ana.clients.create("taken-name", { name: "CRM sync" });
    await bench.stack.write("index.js", crmProgram("list:segment"));

    const output = await bench.stack.fail(...UP);

    assert.ok(
      output.includes(
        `the name "CRM sync" is taken by client ${id}, which no program manages (last changed by "ana of taken-name")`,
      ),
      output,
    );
    assertPlain(output);
    assert.deepEqual((await bench.onlyClient()).grant.permissions, []);
  });
});
