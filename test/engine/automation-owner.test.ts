import assert from "node:assert/strict";
import path from "node:path";
import { LocalWorkspace, PulumiCommand, type Stack } from "@pulumi/pulumi/automation";
import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { type EngineBench, openEngineBench, urnOf } from "../support/engine/engine";

const PROGRAM = async () => {
  const client = new ApiClient("crm", { name: "CRM sync" });
  new ScopeGrant("crm", { client, permissions: ["list:segment"] });
};

describe("an inline program of the Automation API", function () {
  this.timeout(120_000);

  let bench: EngineBench;
  before(async () => {
    bench = await openEngineBench("automation-owner");
  });
  after(() => bench.close());

  /** Opens the stack with XTREMEPUSH_OWNER in the environment of its workspace, which this process does not have. */
  async function stackOf(owner: string): Promise<Stack> {
    assert.equal(process.env["XTREMEPUSH_OWNER"], undefined);
    const { folder: workDir, environment } = bench.stack;
    const [binDir = ""] = environment["PATH"]?.split(path.delimiter) ?? [];
    return LocalWorkspace.createOrSelectStack(
      { stackName: "dev", projectName: "programs", program: PROGRAM },
      {
        workDir,
        envVars: { ...environment, XTREMEPUSH_OWNER: owner },
        pulumiCommand: await PulumiCommand.get({ root: path.dirname(binDir) }),
      },
    );
  }

  async function owners(): Promise<(string | null)[]> {
    const { managedBy, grant } = await bench.onlyClient();
    return [managedBy, grant.managedBy];
  }
  const ownersOf = (owner: string) => [
    `${owner}/${urnOf("ApiClient", "crm")}`,
    `${owner}/${urnOf("ScopeGrant", "crm")}`,
  ];

  it("has the owner of its workspace's envVars, and previews no change", async () => {
    const stack = await stackOf("team-a");

    await stack.up();

    assert.deepEqual(await owners(), ownersOf("team-a"));
    await stack.preview({ expectNoChanges: true });
  });

  it("changes its owner and replaces its grant in one run", async () => {
    const stack = await stackOf("team-b");

    await stack.up({ replace: [urnOf("ScopeGrant", "crm")] });

    assert.deepEqual(await owners(), ownersOf("team-b"));
    assert.deepEqual((await bench.onlyClient()).grant.permissions, ["list:segment"]);
    await stack.preview({ expectNoChanges: true });
  });
});
