import assert from "node:assert/strict";
import { assertPlain } from "../support/engine/engine";
import { PackedProject } from "../support/engine/packed-project";

describe("the packed packages work in an empty folder with the README's commands and program", function () {
  this.timeout(300_000);

  let project: PackedProject;
  before(async () => {
    project = await PackedProject.open();
  });
  after(() => project.close());

  it("are packed and installed", async () => {
    await project.install();
  });

  it("review the program before anything runs", async () => {
    const output = await project.review("xtremepush-access-review lock --stack dev", "xtremepush-access-review check");

    assert.match(output, /^access\/my-access\.dev\.json: 2 clients, 2 grants$/m);
    assert.match(output, /^access\/my-access\.dev\.json matches the program$/m);
  });

  it("start a backend", async () => {
    await project.startBackend();
  });

  it("make the clients of the program, find nothing to do, and take them away", async () => {
    const output = await project.update("npx pulumi preview --expect-no-changes", "npx pulumi destroy --yes");

    assert.match(output, /\+ 5 created/);
    assert.match(output, / {4}5 unchanged/);
    assert.match(output, /- 5 deleted/);
    assert.doesNotMatch(output, /^ +warning:|DeprecationWarning/m);
    assertPlain(output, "xpat_", "xpcs_");
  });
});
