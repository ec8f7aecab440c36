import assert from "node:assert/strict";
import { assertPlain, type EngineBench, openEngineBench, programOf } from "../support/engine/engine";

describe("the preview refuses bad inputs, each with a sentence", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("bad-inputs");
  });
  after(() => bench.close());

  for (const [what, program, sentence] of [
    ["an empty name", `new ApiClient("crm", { name: " " });`, "name: the name must not be empty"],
    [
      "an over-long name",
      `new ApiClient("crm", { name: "x".repeat(101) });`,
      "name: the name must not be longer than 100 characters",
    ],
    [
      "a control character",
      `new ApiClient("crm", { name: "CRM\\u0007" });`,
      "name: the name must not hold control or invisible characters",
    ],
    [
      "an input that does not exist",
      `new ApiClient("crm", { name: "CRM", scopes: ["list:segment"] });`,
      'there is no input "scopes"; the inputs are name, description, secretVersion, secretOverlap, publicKeys, adopt',
    ],
    [
      "an unknown permission",
      `const crm = new ApiClient("client", { name: "CRM" });
       new ScopeGrant("crm", { client: crm, permissions: ["list:segment", "lst:profile"] });`,
      'permissions: unknown permission "lst:profile"; did you mean "list:profile"?',
    ],
    [
      "permissions that are no list",
      `const crm = new ApiClient("client", { name: "CRM" });
       new ScopeGrant("crm", { client: crm, permissions: "list:profile" });`,
      "permissions must be a list of permissions, for example [permissions.list.segment]",
    ],
  ] as const) {
    it(`refuses ${what}`, async () => {
      await bench.stack.write("index.js", programOf(program));

      const output = await bench.stack.fail("preview");

      const [, problem] = /error: .*resource 'crm' has a problem: (.*)/.exec(output) ?? [];
      assert.equal(problem, sentence, output);
      assertPlain(output, bench.token);
    });
  }
});
