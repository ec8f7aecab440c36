import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, readFileSync } from "node:fs";
import path from "node:path";
import { readRules } from "../../review/src/rules-file/read-rules";
import { fencedBlock } from "../support/docs/fenced-block";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository } from "../support/review/review-repository";
import { textOf } from "../support/review/workflow-steps";

const EXAMPLE = path.resolve(__dirname, "../../examples/pull-request-review");
const GUIDE = "docs/guides/review-access-in-pull-requests.md";
const LOCK = "access/acme-access.prod.json";

describe("the example pull-request-review", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    repository.git("rm", "--quiet", "-r", "--force", "--ignore-unmatch", ".");
    cpSync(EXAMPLE, repository.folder, { recursive: true, filter: (file) => path.basename(file) !== "node_modules" });
    repository.commit("the example");
  });
  after(removeTemporaryFolders);

  it("has a lock file that matches its program byte for byte", async () => {
    const { code, stderr } = await repository.review(["check"]);
    assert.equal(code, 0, stderr);
    await repository.review(["lock"]);

    assert.equal(
      readFileSync(path.join(repository.folder, LOCK), "utf8"),
      textOf(`examples/pull-request-review/${LOCK}`),
    );
  });

  it("has the rules that the guide shows", () => {
    const shown = readRules(fencedBlock(GUIDE, "yaml", "waivers:"), "the guide");

    assert.equal(shown.rules.length, 2);
    assert.deepEqual(shown, readRules(textOf("examples/pull-request-review/access-review.yaml"), "the example"));
  });

  it("is reviewed as the guide shows", async () => {
    const program = textOf("examples/pull-request-review/index.ts");
    repository.git("switch", "--quiet", "--create", "change");
    repository.write(
      "index.ts",
      program
        .replace("permissions.info.task]", "permissions.export.segment]")
        .replace('name: "Warehouse"', 'name: "Data warehouse"'),
    );
    await repository.review(["lock"]);
    repository.commit("broaden, narrow, rename");

    const { code, stdout } = await repository.review(["diff", "main", "HEAD"]);

    assert.equal(code, 2);
    assert.equal(stdout, fencedBlock(GUIDE, "", "Broadens access:"));
  });

  it("is set up by steps whose commit leaves nothing out", () => {
    const [commit = ""] = textOf(GUIDE).match(/^ *git add .*$/m) ?? [];
    const fresh = openReviewRepository();
    for (const file of ["package.json", "package-lock.json", "packages/review.tgz", LOCK]) fresh.write(file, "{}\n");
    fresh.git("add", ".gitignore", "Pulumi.yaml", "Pulumi.prod.yaml", "tsconfig.json");
    fresh.git("config", "user.name", "Ana");
    fresh.git("config", "user.email", "ana@example.com");

    execFileSync("bash", ["-c", commit], { cwd: fresh.folder });

    assert.equal(fresh.git("status", "--porcelain"), "");
  });

  it("has an owner for each file that a review depends on", () => {
    const owned = textOf("examples/pull-request-review/.github/CODEOWNERS")
      .split("\n")
      .flatMap((line) => /^([^#\s]\S*) +@acme\/security$/.exec(line)?.[1] ?? []);

    assert.deepEqual(owned.sort(), [
      ".npmrc",
      "/.github/",
      "/access-review.yaml",
      "Pulumi.*",
      "access/",
      "npm-shrinkwrap.json",
      "package-lock.json",
      "package.json",
      "packages/",
    ]);
  });
});
