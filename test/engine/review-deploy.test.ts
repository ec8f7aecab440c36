import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { fencedBlock } from "../support/docs/fenced-block";
import { type EngineBench, openEngineBench, programOf } from "../support/engine/engine";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { runReview } from "../support/review/review-repository";
import { type RunnerContext, runStep, type StepResult, type Workflow } from "../support/review/workflow-steps";

const GUIDE = "docs/guides/review-access-in-pull-requests.md";
const CRM = 'const crm = new ApiClient("crm", { name: "CRM sync" });';
const grant = (...permissions: readonly string[]) =>
  programOf(`${CRM} new ScopeGrant("crm", { client: crm, permissions: ${JSON.stringify(permissions)} });`);

describe("the deployment of the guide", function () {
  this.timeout(180_000);
  const workflow = parse(fencedBlock(GUIDE, "yaml", "name: access-deploy")) as Workflow;
  let bench: EngineBench;

  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ana", "-c", "user.email=ana@example.com", ...args], {
      cwd: bench.stack.folder,
      encoding: "utf8",
    });
  const merge = async (program: string, locks: boolean) => {
    await bench.stack.write("index.js", program);
    if (locks) assert.equal((await runReview(bench.stack.folder, ["lock", "--stack", "dev"])).code, 0);
    git("add", "Pulumi.yaml", "index.js", "package.json", "access");
    git("commit", "--quiet", "--message", "change");
  };
  /** Runs the step of a job that is called as the job is. */
  const run = (name: string, context: RunnerContext, temp?: string): Promise<StepResult> => {
    const step = workflow.jobs[name.toLowerCase()]?.steps.find((one) => one.name === name);
    return runStep({ ...step, run: step?.run?.replaceAll("--stack prod", "--stack dev") ?? "exit 9" }, context, temp);
  };
  /** What the job after another one has of it: the commit, and the artifact in its folder for temporary files. */
  const verify = (previewed: StepResult): Promise<StepResult> => {
    const [checkout, temp] = [path.join(temporaryFolder(), "checkout"), temporaryFolder()];
    execFileSync("git", ["clone", "--quiet", "--no-local", bench.stack.folder, checkout]);
    symlinkSync(path.resolve(__dirname, "../../node_modules"), path.join(checkout, "node_modules"));
    copyFileSync(path.join(previewed.temp, "preview.json"), path.join(temp, "preview.json"));
    const environment = { GITHUB_SHA: git("rev-parse", "HEAD").trim() };
    return run("Verify", { folder: checkout, environment }, temp);
  };
  const deploy = async (): Promise<StepResult> => {
    const { folder, environment } = bench.stack;
    const previewed = await run("Preview", { folder, environment });
    if (previewed.code !== 0) return previewed;
    const verified = await verify(previewed);
    if (verified.code !== 0) return verified;
    const deployed = await run("Deploy", { folder, environment });
    return { ...deployed, stdout: verified.stdout + deployed.stdout };
  };
  const live = async () => (await bench.onlyClient()).grant.permissions;

  before(async () => {
    bench = await openEngineBench("deployed");
    const scripts = { "access-review": "xtremepush-access-review" };
    await bench.stack.write("package.json", JSON.stringify({ name: "programs", main: "index.js", scripts }));
    git("init", "--quiet");
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });

  it("makes what the merged lock file says", async () => {
    await merge(grant("list:segment"), true);

    const { code, stdout, stderr } = await deploy();

    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^This preview does what was approved\. Broadens access: 1 client, \+1 permission$/m);
    assert.deepEqual(await live(), ["list:segment"]);
  });

  it("refuses a program that is not what the merged lock file says, and changes nothing", async () => {
    await merge(grant("list:segment", "export:segment"), false);

    const { code, stdout } = await deploy();

    assert.equal(code, 2, stdout);
    assert.match(
      stdout,
      /^This preview is not what was approved\. Broadens access: 1 client, \+1 permission, 1 critical$/m,
    );
    assert.deepEqual(await live(), ["list:segment"]);
  });

  it("verifies with packages and scripts that the program has not touched", async () => {
    const scripts = { "access-review": "echo approved" };
    const overwrite = `require("node:fs").writeFileSync("package.json", '${JSON.stringify({ main: "index.js", scripts })}');`;
    await merge(`${grant("list:segment", "export:segment")}\n${overwrite}`, false);

    const { code, stdout } = await deploy();

    assert.match(readFileSync(path.join(bench.stack.folder, "package.json"), "utf8"), /echo approved/);
    assert.equal(code, 2, stdout);
    assert.match(stdout, /^This preview is not what was approved\. /m);
    assert.deepEqual(await live(), ["list:segment"]);
    git("checkout", "--quiet", "--", "package.json");
  });

  it("makes up for it with the next merge, and has nothing to do after that", async () => {
    await merge(grant("list:segment", "list:tag"), true);

    const next = await deploy();
    const again = await deploy();

    assert.deepEqual([next.code, again.code], [0, 0], next.stderr + again.stderr);
    assert.match(again.stdout, /^This preview does what was approved\. No change to access$/m);
    assert.deepEqual(await live(), ["list:segment", "list:tag"]);
  });

  it("asks for a preview that leaves nothing out", async () => {
    await bench.stack.write("short.json", await bench.stack.succeed("preview", "--json"));

    const { code, stderr } = await runReview(bench.stack.folder, ["diff", "preview:short.json", "HEAD"]);

    assert.equal(code, 3);
    assert.equal(
      stderr,
      "short.json leaves out 2 unchanged resources; write it with `pulumi preview --json --show-sames`\n",
    );
  });
});
