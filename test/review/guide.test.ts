import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { fencedBlock } from "../support/docs/fenced-block";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { type GitHubApi, startGitHubApi } from "../support/review/github-api";
import { previewOf, previewUrn, type StateWritten } from "../support/review/preview-steps";
import { openReviewRepository, type ReviewRepository, reviewProgram } from "../support/review/review-repository";
import {
  type RunnerContext,
  runStep,
  type Step,
  type StepResult,
  textOf,
  type Workflow,
  yamlOf,
} from "../support/review/workflow-steps";

const GUIDE = "docs/guides/review-access-in-pull-requests.md";
const EXAMPLE = "examples/pull-request-review";
const CRM = { resource: "crm", name: "CRM sync" };
const PROGRAM_FILES = ["Pulumi.yaml", "Pulumi.prod.yaml", "package.json", "tsconfig.json"];

for (const folder of [".", "infra"]) {
  const prefix = folder === "." ? "" : `${folder}/`;
  // What the guide asks for when the program is in a folder.
  const adapted = (text: string) => text.replaceAll(/(?<=(?:working-directory|program): )\.$/gm, folder);
  const fileOf = (name: string) => `.github/workflows/${name}`;

  describe(`the guide, followed in a fresh repository with its program in ${folder === "." ? "the root" : folder}`, function () {
    this.timeout(180_000);
    let repository: ReviewRepository;
    let api: GitHubApi;

    const shaOf = (ref: string) => repository.git("rev-parse", ref).trim();
    const workflowOf = (name: string) =>
      parse(readFileSync(path.join(repository.folder, fileOf(name)), "utf8")) as Workflow;
    const deploy = () => parse(adapted(fencedBlock(GUIDE, "yaml", "name: access-deploy"))) as Workflow;
    /** Runs the lines of a block of the guide in the folder of the program. */
    const follow = (lines: string) =>
      execFileSync("bash", ["-ec", lines], {
        cwd: path.join(repository.folder, folder),
        env: {
          ...process.env,
          GIT_AUTHOR_NAME: "Ana",
          GIT_AUTHOR_EMAIL: "ana@example.com",
          GIT_COMMITTER_NAME: "Ana",
          GIT_COMMITTER_EMAIL: "ana@example.com",
        },
        stdio: ["ignore", "pipe", "pipe"],
      });
    /** Runs steps of a workflow in the folder that it names. */
    const runnerOf =
      ({ defaults }: Workflow) =>
      (step: Step | undefined, context: RunnerContext, temp?: string) =>
        runStep({ "working-directory": defaults?.run?.["working-directory"] ?? ".", ...step }, context, temp);
    const clone = (ref: string) => {
      const checkout = path.join(temporaryFolder(), "checkout");
      execFileSync("git", ["clone", "--quiet", "--no-local", "--branch", ref, repository.folder, checkout]);
      symlinkSync(path.join(repository.folder, "node_modules"), path.join(checkout, folder, "node_modules"));
      return checkout;
    };

    before(async () => {
      api = await startGitHubApi();
      repository = openReviewRepository();
      repository.git("config", "uploadpack.allowAnySHA1InWant", "true");
      if (folder !== ".") {
        mkdirSync(path.join(repository.folder, folder));
        for (const file of PROGRAM_FILES) {
          renameSync(path.join(repository.folder, file), path.join(repository.folder, folder, file));
        }
        symlinkSync(path.join(repository.folder, "node_modules"), path.join(repository.folder, folder, "node_modules"));
      }
      repository.write(`${prefix}index.ts`, reviewProgram([{ ...CRM, permissions: ["list:profile"] }]));
      repository.commit("an existing program");
    });
    after(async () => {
      await api.close();
      removeTemporaryFolders();
    });

    it("sets the review up", () => {
      const install = fencedBlock(GUIDE, "sh", "npm install --save-dev").split("\n");
      const packages = install.filter((line) => line.startsWith("npm install "));
      assert.equal(packages.length, 1);
      // The packages are installed already; these are the files beside them.
      repository.write(`${prefix}package-lock.json`, "{}\n");
      repository.write(`${prefix}packages/README.md`, "Made by npm run pack.\n");
      follow(install.filter((line) => !packages.includes(line)).join("\n"));
      follow(fencedBlock(GUIDE, "sh", "access-review -- lock --stack prod"));
      for (const name of ["access-review.yml", "access-comment.yml"]) {
        repository.write(fileOf(name), adapted(textOf(`${EXAMPLE}/${fileOf(name)}`)));
      }
      repository.write("access-review.yaml", textOf(`${EXAMPLE}/access-review.yaml`));
      repository.write(".github/CODEOWNERS", textOf(`${EXAMPLE}/.github/CODEOWNERS`));
      repository.commit("review access");
      repository.git("config", "receive.denyCurrentBranch", "ignore");

      assert.deepEqual(repository.git("ls-files", "--", `${prefix}access`).trim(), `${prefix}access/access.prod.json`);
      follow("npm run access-review -- check && npm run access-review -- rules");
    });

    it("gives each file that a review depends on an owner", () => {
      const patterns = textOf(`${EXAMPLE}/.github/CODEOWNERS`).replaceAll(/ +@.*$/gm, "");
      const file = path.join(temporaryFolder(), "patterns");
      writeFileSync(file, patterns);
      // Git reads such patterns as GitHub does: https://docs.github.com/repositories/managing-your-repositorys-settings-and-features/customizing-your-repository/about-code-owners
      const isOwned = (name: string) =>
        spawnSync("git", ["-c", `core.excludesFile=${file}`, "check-ignore", "--no-index", "--quiet", name], {
          cwd: repository.folder,
        }).status === 0;
      const ofProgram = [
        ...["access/access.prod.json", "Pulumi.yaml", "Pulumi.prod.yaml", "stacks/Pulumi.prod.yaml"],
        ...["package.json", "package-lock.json", "npm-shrinkwrap.json", ".npmrc", "packages/review.tgz"],
      ].map((name) => `${prefix}${name}`);
      const others = ["access-review.yaml", ".github/CODEOWNERS", fileOf("access-review.yml")];

      assert.deepEqual(
        [...ofProgram, ...others].filter((name) => !isOwned(name)),
        [],
      );
      assert.equal(isOwned(`${prefix}index.ts`), false);
    });

    it("denies in a pull request what the rules deny, at its line", async () => {
      repository.git("switch", "--quiet", "--create", "change");
      repository.write(
        `${prefix}index.ts`,
        reviewProgram([{ ...CRM, permissions: ["list:profile", "export:segment"] }]),
      );
      follow("npm run access-review -- lock");
      repository.commit("broaden");
      const [job] = Object.values(workflowOf("access-review.yml").jobs);
      const used = job?.steps.find(({ uses }) => uses?.startsWith("acme/xtremepush-access-as-code@"));
      const values = {
        "inputs.base": shaOf("main"),
        "inputs.head": shaOf("change"),
        "inputs.program": String(used?.with?.["program"]),
        "inputs.red-on": "denied",
      };
      const action = yamlOf("action.yml") as { readonly runs: { readonly steps: readonly [Step, Step] } };
      const [compare, check] = action.runs.steps;

      const compared = await runStep(compare, { folder: repository.folder, environment: {}, values });
      const checked = await runStep(check, { folder: repository.folder, environment: {}, values });

      assert.equal(compared.code, 2, compared.stdout + compared.stderr);
      assert.ok(
        compared.stdout.includes(`\n::error file=${prefix}index.ts,line=4,title=denied%3A broadened::"CRM sync"`),
      );
      assert.match(compared.summary, /\*\*denied\*\* by <code>no-bulk-export<\/code>/);
      assert.equal(checked.code, 0, checked.stderr);
    });

    it("comments on it, with links to the program", async () => {
      api.pullRequests.push({ number: 7, head: { sha: shaOf("change") }, base: { ref: "main" } });
      const workflow = workflowOf("access-comment.yml");
      const steps =
        workflow.jobs["comment"]?.steps.filter(({ run }) => run !== undefined && !run.startsWith("npm ci")) ?? [];
      const context = {
        folder: clone("main"),
        values: { "github.token": "job-token" },
        environment: {
          HEAD: shaOf("change"),
          BRANCH: "main",
          RUN: "https://github.com/acme/access/actions/runs/1",
          GITHUB_REPOSITORY: "acme/access",
          GITHUB_SERVER_URL: "https://github.com",
          GITHUB_API_URL: api.url,
        },
      };

      const run = runnerOf(workflow);
      let last: StepResult | undefined;
      for (const step of steps) {
        last = await run(step, context, last?.temp);
        assert.equal(last.code, 0, `${step.name}: ${last.stdout}${last.stderr}`);
      }

      assert.equal(last?.stdout, "comment created on acme/access#7\n");
      const body = api.comments[0]?.body ?? "";
      assert.match(body, /\n\*\*Denied\*\* by /);
      assert.ok(body.includes(`(https://github.com/acme/access/blob/${shaOf("change")}/${prefix}index.ts#L4)`), body);
    });

    it("deploys what was approved, and nothing else", async () => {
      repository.git("switch", "--quiet", "main");
      const same = await deployPreviewed(["list:profile"]);
      const other = await deployPreviewed(["list:profile", "export:segment"]);

      assert.equal(same.code, 0, same.said);
      assert.deepEqual(
        same.pulumi,
        ["preview --stack prod --json --show-sames", "up --stack prod --yes --skip-preview"].map(
          (args) => `${path.join(repository.folder, folder)} ${args}`,
        ),
      );
      assert.equal(other.code, 2, other.said);
      assert.match(other.said, /^This preview is not what was approved\. Broadens access: 1 client, \+1 permission/m);
      assert.equal(other.pulumi.length, 1);
    });

    if (folder !== ".") {
      it("reviews a change that removes the whole folder as one that gives up its stack", async () => {
        repository.git("switch", "--quiet", "--create", "removal", "main");
        repository.git("rm", "-r", "--quiet", folder);
        repository.commit("remove the program");
        const checkout = path.join(temporaryFolder(), "checkout");
        execFileSync("git", ["clone", "--quiet", "--no-local", "--branch", "removal", repository.folder, checkout]);
        const [job] = Object.values(workflowOf("access-review.yml").jobs);
        const install = job?.steps.find(({ run }) => run?.includes("npm ci"));
        const [base, head] = ["base", "head"].map(
          (side) => `github.event.pull_request.${side}.sha || github.event.merge_group.${side}_sha`,
        );
        const values = {
          ...{ [base ?? ""]: shaOf("main"), [head ?? ""]: shaOf("removal") },
          ...{ "inputs.base": shaOf("main"), "inputs.head": shaOf("removal") },
          ...{ "inputs.program": folder, "inputs.red-on": "denied" },
        };
        const environment = { PATH: `${npmStub(repository.folder)}:${process.env["PATH"]}` };
        const action = yamlOf("action.yml") as { readonly runs: { readonly steps: readonly [Step, Step] } };
        const [compare, check] = action.runs.steps;

        const installed = await runStep(install ?? {}, { folder: checkout, environment, values });
        const compared = await runStep(compare, { folder: checkout, environment: {}, values });
        const checked = await runStep(check, { folder: checkout, environment: {}, values });

        assert.equal(installed.code, 0, installed.stderr);
        assert.equal(compared.code, 0, compared.stdout + compared.stderr);
        assert.match(compared.output, /^outcome=approval\n/);
        assert.match(compared.summary, /^### Gives up 1 stack/);
        assert.deepEqual([checked.code, checked.stderr], [0, ""]);
        assert.match(checked.stdout, /^The change removes infra, /);
      });

      it("reviews it also where the packages are in the root", async () => {
        const checkout = path.join(temporaryFolder(), "checkout");
        execFileSync("git", ["clone", "--quiet", "--no-local", "--branch", "removal", repository.folder, checkout]);
        symlinkSync(path.join(repository.folder, "node_modules"), path.join(checkout, "node_modules"));
        const values = {
          ...{ "inputs.base": shaOf("main"), "inputs.head": shaOf("removal") },
          ...{ "inputs.program": folder, "inputs.red-on": "denied" },
        };
        const action = yamlOf("action.yml") as { readonly runs: { readonly steps: readonly [Step, Step] } };
        const [compare] = action.runs.steps;

        const compared = await runStep(compare, { folder: checkout, environment: {}, values });

        assert.match(compared.output, /^outcome=approval\n/, compared.stdout + compared.stderr);
      });
    }

    /** Runs the jobs of the deployment with a Pulumi that previews these permissions. test/engine runs the real one. */
    async function deployPreviewed(permissions: readonly string[]) {
      const workflow = deploy();
      const stub = pulumiStub(permissions);
      const runStepOf = runnerOf(workflow);
      /** The step of a job that is called as the job is. */
      const run = (name: string, context: RunnerContext, temp?: string) =>
        runStepOf(
          workflow.jobs[name.toLowerCase()]?.steps.find((step) => step.name === name),
          context,
          temp,
        );
      const withPulumi = { folder: repository.folder, environment: { PATH: `${stub.bin}:${process.env["PATH"]}` } };
      const previewed = await run("Preview", withPulumi);
      assert.equal(previewed.code, 0, previewed.stderr);
      const temp = temporaryFolder();
      copyFileSync(path.join(previewed.temp, "preview.json"), path.join(temp, "preview.json"));
      const environment = { GITHUB_SHA: shaOf("main") };
      const verified = await run("Verify", { folder: clone("main"), environment }, temp);
      if (verified.code === 0) assert.equal((await run("Deploy", withPulumi)).code, 0);
      return { code: verified.code, said: verified.stdout + verified.stderr, pulumi: stub.calls() };
    }
  });
}

/** The folder of an `npm` that takes the packages which are there, if the folder has a manifest. */
function npmStub(installed: string): string {
  const bin = temporaryFolder();
  const packages = path.join(installed, "node_modules");
  writeFileSync(path.join(bin, "npm"), `#!/bin/sh\ntest -f package.json && ln -s "${packages}" node_modules\n`);
  chmodSync(path.join(bin, "npm"), 0o755);
  return bin;
}

/** A `pulumi` that writes down where and how it is called, and previews a client that has `list:profile`. */
function pulumiStub(permissions: readonly string[]) {
  const bin = temporaryFolder();
  const [log, preview] = [path.join(bin, "log"), path.join(bin, "preview.json")];
  const client: StateWritten = {
    type: "ApiClient",
    name: "crm",
    id: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa",
    inputs: { name: CRM.name },
  };
  const grant = (ids: readonly string[]): StateWritten => ({
    type: "ScopeGrant",
    name: "crm",
    inputs: { client: client.id, permissions: Object.fromEntries(ids.map((id) => [id, true])) },
    deletedWith: previewUrn("ApiClient", "crm"),
  });
  const before = grant(["list:profile"]);
  const op = permissions.length === 1 ? "same" : "update";
  writeFileSync(
    preview,
    previewOf({ op: "same", before: client, after: client }, { op, before, after: grant(permissions) }),
  );
  writeFileSync(log, "");
  writeFileSync(
    path.join(bin, "pulumi"),
    `#!/bin/sh\necho "$PWD $*" >> "${log}"\nif [ "$1" = preview ]; then cat "${preview}"; fi\n`,
  );
  chmodSync(path.join(bin, "pulumi"), 0o755);
  return { bin, calls: () => readFileSync(log, "utf8").trimEnd().split("\n") };
}
