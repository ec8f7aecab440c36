import assert from "node:assert/strict";
import {
  crmProgram,
  type EngineBench,
  openEngineBench,
  ownerOf,
  programOf,
  REFRESH,
  UNCHANGED,
  UP,
  urnOf,
} from "../support/engine/engine";

describe("a grant renamed in the program keeps the permissions, also without an alias", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("grant-rename");
    await bench.stack.write("index.js", crmProgram("list:segment", "import:profile"));
    await bench.stack.succeed(...UP);
  });
  after(() => bench.close());

  it("does not take back what the new resource has taken over", async () => {
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM sync" });
        new ScopeGrant("profiles", { client: crm, permissions: ["list:segment", "import:profile"] });`),
    );

    const output = await bench.stack.succeed(...UP);

    const { grant } = await bench.onlyClient();
    assert.deepEqual(grant.permissions, ["list:segment", "import:profile"]);
    assert.equal(grant.managedBy, ownerOf("ScopeGrant", "profiles"));
    assert.match(output, /warning: the permissions of client xpc_\w+ stay: they are now managed by \S+profiles/);
  });

  it("finds nothing to do afterwards, also after a refresh", async () => {
    await bench.stack.succeed(...REFRESH);

    await bench.stack.succeed(...UNCHANGED);
  });
});

describe("a grant renamed without an alias, by a run that ended before its delete, keeps the permissions", function () {
  this.timeout(60_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("grant-rename-in-two-runs");
    await bench.stack.write("index.js", crmProgram("list:segment"));
    await bench.stack.succeed(...UP);
    await bench.stack.write(
      "index.js",
      programOf(`
        const crm = new ApiClient("crm", { name: "CRM sync" });
        new ScopeGrant("profiles", { client: crm, permissions: ["list:segment"] });`),
    );
    await bench.stack.succeed(...UP, "--target", urnOf("ScopeGrant", "profiles"));
  });
  after(() => bench.close());

  it("does not take them back after a refresh has seen the new owner", async () => {
    await bench.stack.succeed(...REFRESH);

    const output = await bench.stack.succeed(...UP);

    assert.match(output, /1 deleted/);
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
  });
});
