import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository, reviewProgram } from "../support/review/review-repository";
import { runStep, type Step, type StepResult, yamlOf } from "../support/review/workflow-steps";

const CRM = { resource: "crm", name: "CRM sync" };
const RULES = `version: 1
rules: [{ id: no-import, outcome: deny, reason: imports go through the warehouse, when: { scope: import } }]
`;

describe("the action", function () {
  this.timeout(120_000);
  // Checked against GitHub's own schema in test/docs/workflows.test.ts.
  const action = yamlOf("action.yml") as { readonly runs: { readonly steps: readonly [Step, Step] } };
  const [compare, check] = action.runs.steps;
  let repository: ReviewRepository;

  /** Runs a step on the branch of a change, with the rules of main. */
  const run = (step: Step, branch: string, more: Readonly<Record<string, string>> = {}): Promise<StepResult> => {
    repository.git("switch", "--quiet", branch);
    const [base, head] = ["main", branch].map((ref) => repository.git("rev-parse", ref).trim());
    const values = { "inputs.base": base ?? "", "inputs.head": head ?? "", "inputs.program": ".", ...more };
    return runStep(step, {
      folder: repository.folder,
      environment: {},
      values: { "inputs.red-on": "denied", ...values },
    });
  };
  const change = async (branch: string, permissions: readonly string[]) => {
    repository.git("switch", "--quiet", "--create", branch, "start");
    repository.write("index.ts", reviewProgram([{ ...CRM, permissions }]));
    assert.equal((await repository.review(["lock"])).code, 0);
    repository.commit(branch);
  };

  before(async () => {
    repository = openReviewRepository();
    repository.write("index.ts", reviewProgram([{ ...CRM, permissions: ["list:profile"] }]));
    assert.equal((await repository.review(["lock"])).code, 0);
    repository.commit("one client");
    repository.git("tag", "start");
    await change("broadens", ["list:profile", "list:tag"]);
    await change("imports", ["list:profile", "import:profile"]);
    // Later commits on main are not part of the changes.
    repository.git("switch", "--quiet", "main");
    repository.write("access-review.yaml", RULES);
    repository.write("index.ts", reviewProgram([{ ...CRM, permissions: ["list:profile", "info:task"] }]));
    assert.equal((await repository.review(["lock"])).code, 0);
    repository.commit("rules, and another permission");
  });
  after(removeTemporaryFolders);

  it("stays green when a change needs approval, with annotations, a summary and the reports", async () => {
    const { code, stdout, stderr, output, summary, temp } = await run(compare, "broadens");

    assert.equal(code, 0, stdout + stderr);
    assert.match(stdout, /^::warning title=Needs approval::Broadens access: 1 client, \+1 permission\n::warning file=/);
    assert.match(output, /^outcome=approval\ndigest=sha256:[0-9a-f]{64}\n$/);
    assert.match(summary, /^### Broadens access&#58; 1 client, \+1 permission\n/);
    const report = (file: string) => readFileSync(path.join(temp, "access-review", file), "utf8");
    assert.equal(report("review.md"), summary);
    assert.ok(output.includes(JSON.parse(report("review.json")).diff.digest));
    assert.equal(JSON.parse(report("review.sarif")).version, "2.1.0");
  });

  it("fails when a change needs approval and red-on is approval", async () => {
    const { code, summary } = await run(compare, "broadens", { "inputs.red-on": "approval" });

    assert.equal(code, 1);
    assert.match(summary, /^### Broadens access/);
  });

  it("fails for what the rules of the base deny, even when they are newer than the change", async () => {
    const { code, stdout, output, summary } = await run(compare, "imports");

    assert.equal(code, 2);
    assert.match(stdout, /^::error title=Denied::Broadens access: 1 client, \+1 permission, 1 high\n/);
    assert.match(output, /^outcome=denied\n/);
    assert.match(summary, /\*\*Denied\*\* by the rules of <code>[0-9a-f]{40}&#58;access-review&#46;yaml<\/code>/);
  });

  it("fails when nothing can be compared", async () => {
    const unknown = await run(compare, "broadens", { "inputs.base": "0".repeat(40) });
    repository.git("switch", "--quiet", "--create", "broken", "broadens");
    repository.write("access/access.prod.json", "{");
    repository.commit("break the lock file");
    const broken = await run(compare, "broken");

    assert.deepEqual([unknown.code, unknown.output, unknown.summary], [3, "outcome=failed\n", ""]);
    assert.match(unknown.stdout, /^::error::The two commits have no common history in this clone/m);
    assert.deepEqual([broken.code, broken.output, broken.summary], [3, "outcome=failed\n", ""]);
  });

  it("fails when the command is not installed", async () => {
    repository.git("switch", "--quiet", "broadens");
    repository.write("empty/package.json", '{ "name": "empty" }\n');
    const step = {
      ...compare,
      run: compare.run?.replaceAll("xtremepush-access-review diff", "xtremepush-access-none diff") ?? "",
    };

    const { code, output } = await run(step, "broadens", { "inputs.program": "empty" });

    assert.deepEqual([code, output], [3, "outcome=failed\n"]);
  });

  it("fails when the command could not write everything, though there is a report, but keeps a denied change denied", async () => {
    const fails = 'fails() { "$@"; return 3; }\n';
    const step = {
      ...compare,
      run: `${fails}${compare.run?.replaceAll("npx --no-install", "fails npx --no-install")}`,
    };

    const approval = await run(step, "broadens");
    const denied = await run(step, "imports");

    assert.deepEqual([approval.code, approval.output, approval.summary], [3, "outcome=failed\n", ""]);
    assert.equal(denied.code, 3);
    assert.match(denied.output, /^outcome=denied\ndigest=sha256:/);
  });

  it("asks for the lock file that a change forgot to update", async () => {
    const current = await run(check, "broadens");
    repository.write("index.ts", reviewProgram([{ ...CRM, permissions: ["export:segment"] }]));
    const stale = await run(check, "broadens");
    repository.git("checkout", "--quiet", "--", "index.ts");

    assert.equal(current.code, 0, current.stdout + current.stderr);
    assert.equal(stale.code, 1);
    assert.match(stale.stderr, /^access\/access\.prod\.json does not match the program; run `/);
  });
});
