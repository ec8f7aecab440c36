import assert from "node:assert/strict";
import {
  crmProgram,
  type EngineBench,
  openEngineBench,
  permissionLines,
  programOf,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("a preview shows one line for each permission gained or lost", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("permission-diff");
    await bench.stack.write("index.js", crmProgram("import:profile", "info:task", "list:segment"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("shows the one that is taken away and the one that is added, and no other", async () => {
    await bench.stack.write("index.js", crmProgram("list:segment", "list:profile", "info:task"));

    const output = await bench.stack.succeed("preview", "--diff");

    assert.deepEqual(permissionLines(output), ["- import:profile: true", "+ list:profile: true"]);
    assert.match(output, /1 to update\n {4}2 unchanged/);
  });

  it("sees no change in another order and in repeats", async () => {
    await bench.stack.write("index.js", crmProgram("list:segment", "info:task", "import:profile", "info:task"));

    await bench.stack.succeed(...UNCHANGED);
  });

  it("shows every permission of a program that widens its select", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM sync" });
        new ScopeGrant("crm", { client: crm, permissions: select({ scope: ["info", "list"], maxRisk: "low" }) });
        exports.clientId = crm.clientId;
        exports.clientSecret = crm.clientSecret;`),
    );

    const output = await bench.stack.succeed("preview", "--diff");

    const lines = permissionLines(output);
    assert.ok(lines.includes("- import:profile: true"), output);
    assert.ok(lines.includes("+ list:campaign: true"), output);
    assert.ok(!lines.some((line) => line.includes("list:segment") || line.includes("info:task")), output);
  });
});
