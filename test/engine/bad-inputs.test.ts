import assert from "node:assert/strict";
import { assertPlain, type EngineBench, openEngineBench, programOf } from "../support/engine/engine";

describe("the preview refuses bad inputs", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("bad-inputs");
  });
  after(() => bench.close());

  it("with a sentence at the resource that has them", async () => {
    const program = `
      const crm = new ApiClient("client", { name: "CRM" });
      new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "lst:profile"] });`;
    await bench.stack.write("index.js", programOf(program));

    const output = await bench.stack.fail("preview");

    const [, problem] = /error: .*resource 'crm' has a problem: (.*)/.exec(output) ?? [];
    assert.equal(problem, 'permissions: unknown permission "lst:profile"; did you mean "list:profile"?', output);
    assertPlain(output, bench.token);
  });
});
