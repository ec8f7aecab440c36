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

  for (const [input, program] of [
    ["permissions", 'new ScopeGrant("crm", { client: ID, permissions: pulumi.output(undefined) });'],
    ["client", 'new ScopeGrant("crm", { client: byTeam.crm, permissions: ["list:segment"] });'],
    ["publicKeys.a", 'new ApiClient("crm", { name: "CRM", publicKeys: { a: byTeam.crm } });'],
  ] as const) {
    it(`with the name of an input that is undefined, without a stack trace: ${input}`, async () => {
      const given = 'const byTeam = {}; const ID = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";';
      await bench.stack.write("index.js", programOf(`${given}\n${program}`));

      const output = await bench.stack.fail("preview");

      assert.ok(output.includes(`has a problem: ${input} has no value (undefined in the program): check the`), output);
      assert.doesNotMatch(output, /Unexpected struct type/);
      assertPlain(output, bench.token);
    });
  }
});
