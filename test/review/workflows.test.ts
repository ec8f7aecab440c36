import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { type GitHubApi, startGitHubApi } from "../support/review/github-api";
import { openReviewRepository, type ReviewRepository, reviewProgram } from "../support/review/review-repository";
import { type RunnerContext, runStep, type StepResult, type Workflow, yamlOf } from "../support/review/workflow-steps";

const CRM = { resource: "crm", name: "CRM sync" };
const PACKAGE =
  '{ "name": "access", "main": "index.ts", "scripts": { "access-review": "xtremepush-access-review" } }\n';

describe("the workflow that checks", () => {
  const workflow = yamlOf("examples/pull-request-review/.github/workflows/access-review.yml") as Workflow;

  it("also runs for a merge queue, on the commits of its group", () => {
    const steps = workflow.jobs["access-review"]?.steps ?? [];
    const [checkout, review] = ["actions/checkout", "acme/"].map((of) =>
      steps.find(({ uses = "" }) => uses.startsWith(of)),
    );
    const shaOf = (end: string) =>
      `\${{ github.event.pull_request.${end}.sha || github.event.merge_group.${end}_sha }}`;

    assert.deepEqual(Object.keys(workflow.on), ["pull_request", "merge_group"]);
    assert.equal(checkout?.with?.["ref"], shaOf("head"));
    assert.deepEqual([review?.with?.["base"], review?.with?.["head"]], [shaOf("base"), shaOf("head")]);
  });
});

describe("the workflow that comments", function () {
  this.timeout(120_000);
  const workflow = yamlOf("examples/pull-request-review/.github/workflows/access-comment.yml") as Workflow;
  const scripts =
    workflow.jobs["comment"]?.steps.filter(({ run }) => run !== undefined && !run.startsWith("npm ci")) ?? [];
  let origin: ReviewRepository;
  let folder: string;
  let api: GitHubApi;

  const shaOf = (ref: string) => origin.git("rev-parse", ref).trim();
  const contextOf = (head: string): RunnerContext => ({
    folder,
    values: { "github.token": "job-token" },
    environment: {
      HEAD: head,
      BRANCH: "main",
      RUN: "https://github.com/acme/access/actions/runs/1",
      GITHUB_REPOSITORY: "acme/access",
      GITHUB_SERVER_URL: "https://github.com",
      GITHUB_API_URL: api.url,
    },
  });
  const runJob = async (head: string): Promise<StepResult> => {
    let last: StepResult | undefined;
    for (const step of scripts) {
      last = await runStep(step, contextOf(head), last?.temp);
      assert.equal(last.code, 0, `${step.name}: ${last.stdout}${last.stderr}`);
    }
    if (last === undefined) throw new Error("the job has no steps");
    return last;
  };

  before(async () => {
    api = await startGitHubApi();
    origin = openReviewRepository();
    origin.write("package.json", PACKAGE);
    origin.write("index.ts", reviewProgram([{ ...CRM, permissions: ["list:profile"] }]));
    assert.equal((await origin.review(["lock"])).code, 0);
    origin.commit("one client");
    origin.git("config", "uploadpack.allowAnySHA1InWant", "true");
    folder = path.join(temporaryFolder(), "workspace");
    execFileSync("git", ["clone", "--quiet", "--single-branch", "--no-local", origin.folder, folder]);
    symlinkSync(path.join(origin.folder, "node_modules"), path.join(folder, "node_modules"));
    origin.git("switch", "--quiet", "--create", "change");
    origin.write("index.ts", reviewProgram([{ ...CRM, permissions: ["list:profile", "export:segment"] }]));
    assert.equal((await origin.review(["lock"])).code, 0);
    // Everything that could run from the change would fail.
    origin.write("index.ts", "throw new Error('run');\n");
    origin.write("package.json", PACKAGE.replace("xtremepush-access-review", "false"));
    origin.commit("broaden");
    api.pullRequests.push({ number: 7, head: { sha: shaOf("change") }, base: { ref: "main" } });
  });
  after(async () => {
    await api.close();
    removeTemporaryFolders();
  });

  it("waits only for a review of the same commit, so that no other one replaces it", () => {
    assert.equal(workflow.concurrency, undefined);
    assert.match(
      workflow.jobs["comment"]?.concurrency ?? "",
      /^access-comment-\$\{\{ github\.event\.workflow_run\.head_sha \}\}$/,
    );
  });

  it("comments whatever the result of the earlier steps, which all end in time", () => {
    const [fetch, compare, comment] = scripts;
    const limit = workflow.jobs["comment"]?.["timeout-minutes"] ?? 0;

    assert.match(comment?.if ?? "", /^\$\{\{ !cancelled\(\) \}\}$/);
    assert.ok((fetch?.["timeout-minutes"] ?? limit) + (compare?.["timeout-minutes"] ?? limit) < limit);
  });

  it("has three steps of its own", () => {
    assert.deepEqual(
      scripts.map(({ name }) => name),
      ["Fetch the commit, without checking it out", "Compare the lock files", "Comment"],
    );
  });

  it("reports what the lock files of the pull request contain, and runs nothing from it", async () => {
    const { stdout } = await runJob(shaOf("change"));

    const [comment] = api.comments;
    assert.equal(stdout, "comment created on acme/access#7\n");
    assert.match(comment?.body ?? "", /\n### Broadens access&#58; 1 client, \+1 permission, 1 critical\n/);
    assert.ok(comment?.body.includes(`https://github.com/acme/access/blob/${shaOf("change")}/index.ts#L4`));
    assert.match(readFileSync(path.join(folder, "index.ts"), "utf8"), /new ApiClient/);
  });

  it("leaves no older verdict when it cannot write the review, and fails", async () => {
    const temp = temporaryFolder();
    writeFileSync(path.join(temp, "review.json"), "{");

    const { code, stdout } = await runStep(scripts.at(-1) ?? {}, contextOf(shaOf("change")), temp);

    assert.deepEqual({ code, stdout }, { code: 1, stdout: "comment updated on acme/access#7\n" });
    assert.match(api.comments[0]?.body ?? "", /\n### Could not compare\n/);
    await runJob(shaOf("change"));
    assert.match(api.comments[0]?.body ?? "", /\n### Broadens access/);
  });

  it("replaces its verdict when a later commit cannot be compared", async () => {
    origin.write("access/access.prod.json", "{");
    origin.commit("break the lock file");
    api.pullRequests.splice(0, 1, { number: 7, head: { sha: shaOf("change") }, base: { ref: "main" } });

    const { stdout } = await runJob(shaOf("change"));

    assert.equal(stdout, "comment updated on acme/access#7\n");
    assert.match(api.comments[0]?.body ?? "", /\n### Could not compare\n/);
  });

  it("does not comment on a commit that is no longer the last one", async () => {
    const { stdout } = await runJob(shaOf("change~1"));

    assert.match(stdout, /^no open pull request of acme\/access has /);
    assert.match(api.comments[0]?.body ?? "", /\n### Could not compare\n/);
  });
});
