import assert from "node:assert/strict";
import {
  crmProgram,
  DESTROY,
  type EngineBench,
  openEngineBench,
  programOf,
  REFRESH,
  UP,
} from "../support/engine/engine";

/** The reports of a command, one for its preview and one for its update: each has the lines about access. */
function reportsOf(output: string): string[][] {
  const [, ...reports] = output.split("Diagnostics:\n");
  return reports.map((report) => report.match(/^ {4}.*\((?:low|medium|high|critical)\).*$/gm) ?? []);
}

describe("a run shows who gains and loses which permissions", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("access-lines");
  });
  after(() => bench.close());

  it("of a create, once in the preview and once in the update", async () => {
    await bench.stack.write("index.js", crmProgram("import:profile", "info:task"));

    const output = await bench.stack.succeed("up", "--yes");

    const { id } = await bench.onlyClient();
    assert.deepEqual(reportsOf(output), [
      ["    CRM sync (new): +import:profile (high), +info:task (low)"],
      [`    CRM sync (${id}): +import:profile (high), +info:task (low)`],
    ]);
  });

  it("of a change, in the plain preview and with --diff, and not at all when it is off", async () => {
    const { id } = await bench.onlyClient();
    await bench.stack.write("index.js", crmProgram("list:segment", "info:task"));
    const line = `CRM sync (${id}): +list:segment (low), -import:profile (high)`;

    const [plain, diff] = [await bench.stack.succeed("preview"), await bench.stack.succeed("preview", "--diff")];
    const off = await bench.stack.with({ XTREMEPUSH_SHOW_ACCESS: "false" }).succeed("preview");

    assert.deepEqual(reportsOf(plain), [[`    ${line}`]]);
    assert.equal(diff.split("\n").filter((each) => each === line).length, 1, diff);
    assert.doesNotMatch(off, /CRM sync|Diagnostics/);
  });

  it("of no client that is only renamed, also where the grant has its clientId", async () => {
    const program = `
      const crm = new ApiClient("crm", { name: "CRM of sales" });
      new ScopeGrant("crm", { client: crm.clientId, permissions: ["import:profile", "info:task"] });`;
    await bench.stack.write("index.js", programOf(program));

    const output = await bench.stack.succeed("preview");

    assert.match(output, /1 to update/);
    assert.doesNotMatch(output, /replace|import:profile/);
  });

  it("of neither a refresh nor an untargeted grant", async () => {
    const other = new Date().toISOString();
    await bench.stack.write("index.js", `${crmProgram("list:segment")}\nexports.other = "${other}";`);

    const outputs = [
      await bench.stack.succeed(...REFRESH),
      await bench.stack.succeed("refresh", "--yes", "--skip-preview", "--run-program"),
      await bench.stack.succeed("preview", "--target", "**::crm-of-nobody"),
    ];

    for (const output of outputs) assert.doesNotMatch(output, /CRM sync/);
  });

  it("of a replaced client, of its successor with a hostile name, and of both when they leave", async () => {
    const { id: first } = await bench.onlyClient();
    const program = `
      const crm = new ApiClient("hostile", { name: "CRM (xpc_b): +info:task (low)" });
      new ScopeGrant("crm", { client: crm, permissions: ["list:segment"] });`;
    await bench.stack.write("index.js", programOf(program));

    const moved = await bench.stack.succeed(...UP);
    const { id } = await bench.onlyClient();
    const removed = await bench.stack.succeed(...DESTROY);

    const name = '"CRM (xpc_b): +info:task (low)"';
    assert.deepEqual(reportsOf(moved), [
      [`    CRM sync (${first}): -import:profile (high), -info:task (low)`, `    ${name} (${id}): +list:segment (low)`],
    ]);
    assert.deepEqual(reportsOf(removed), [[`    ${name} (${id}): -list:segment (low)`]]);
  });
});
