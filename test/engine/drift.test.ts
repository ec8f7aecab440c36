import assert from "node:assert/strict";
import {
  assertPlain,
  crmProgram,
  type EngineBench,
  openEngineBench,
  permissionLines,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
} from "../support/engine/engine";

describe("a change made by hand shows up as drift, and is repaired", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("drift");
    await bench.stack.write("index.js", crmProgram("import:profile", "list:segment"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  /** Does by hand what a person would do at a page of checkboxes. */
  async function tick(...permissions: Parameters<typeof bench.ana.grants.put>[2]["permissions"]) {
    const { id, grant } = await bench.onlyClient();
    await bench.ana.grants.put("drift", id, { permissions }, { ifMatch: grant.revision });
  }

  it("shows a permission that somebody added, and the new name of a renamed client", async () => {
    await tick("import:profile", "list:segment", "delete:list");
    const { id, revision } = await bench.onlyClient();
    await bench.ana.clients.update("drift", id, { name: "CRM sync (do not touch)" }, { ifMatch: revision });

    const output = await bench.stack.succeed("refresh", "--preview-only", "--diff");

    assert.deepEqual(permissionLines(output), ["+ delete:list: true"]);
    assert.match(output, /~ name: "CRM sync" => "CRM sync \(do not touch\)"/);
  });

  it("plans to take both back after a refresh", async () => {
    await bench.stack.succeed(...REFRESH);

    const output = await bench.stack.succeed("preview", "--diff");

    assert.deepEqual(permissionLines(output), ["- delete:list: true"]);
    assert.match(output, /~ name: "CRM sync \(do not touch\)" => "CRM sync"/);
  });

  it("repairs both", async () => {
    const before = await bench.onlyClient();

    await bench.stack.succeed(...UP);

    const { id, name, grant } = await bench.onlyClient();
    assert.deepEqual([id, name, grant.permissions], [before.id, "CRM sync", ["list:segment", "import:profile"]]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("does not overwrite a change that it has not seen, and reports who changed what and when", async () => {
    await tick("import:profile", "list:segment", "delete:list");
    await bench.stack.write("index.js", crmProgram("import:profile"));

    const output = await bench.stack.fail(...UP);

    const { id, grant } = await bench.onlyClient();
    assert.ok(
      output.includes(`the permissions of client ${id} were changed by "ana of drift" at ${grant.updatedTime}`),
      output,
    );
    assert.match(output, /\n\s+- delete:list\n\s+- list:segment\n\s+run `pulumi refresh`/);
    assert.deepEqual(grant.permissions, ["delete:list", "list:segment", "import:profile"]);
    assertPlain(output);
  });

  it("succeeds without a refresh when the live state is what is declared", async () => {
    await tick("import:profile");

    await bench.stack.succeed(...UP);

    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["import:profile"]);
    await bench.stack.succeed(...UNCHANGED);
  });

  it("does not overwrite a client that somebody has renamed since", async () => {
    const { id, revision } = await bench.onlyClient();
    await bench.ana.clients.update("drift", id, { name: "Ana's" }, { ifMatch: revision });
    await bench.stack.write("index.js", programOf('new ApiClient("crm", { name: "CRM", description: "CRM sync" });'));

    const output = await bench.stack.fail(...UP);

    const live = await bench.onlyClient();
    assert.ok(output.includes(`client ${id} ("Ana's") was changed by "ana of drift" at ${live.updatedTime}`), output);
    assert.match(output, /name: "Ana's" -> "CRM"\n\s+description: null -> "CRM sync"\n\s+run `pulumi refresh`/);
    assert.equal(live.name, "Ana's");
    assertPlain(output);
  });
});
