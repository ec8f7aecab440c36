import assert from "node:assert/strict";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { previewOf } from "../../support/review/preview-steps";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const CRM = { resource: "crm", permissions: ["list:profile"] };

describe("a comparison with a file, which covers one stack", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    for (const stack of ["dev", "prod"]) {
      repository.write(`Pulumi.${stack}.yaml`, "config: {}\n");
      repository.write(`access/access.${stack}.json`, lockText(manifestOf([CRM], { stack })));
    }
    repository.commit("two stacks");
    repository.write("preview.json", previewOf({ op: "same", ...bothSides() }));
    repository.write("grown.json", lockText(manifestOf([{ ...CRM, permissions: ["list:profile", "list:tag"] }])));
  });
  after(removeTemporaryFolders);

  function bothSides() {
    const state = { type: "ApiClient" as const, name: "crm", id: "xpc_a", inputs: { name: "crm" } };
    return { before: state, after: state };
  }

  it("ignores the other stacks of a commit", async () => {
    for (const args of [
      ["main", "access/access.prod.json"],
      ["access/access.prod.json", "main"],
    ]) {
      const { code, stdout, stderr } = await repository.review(["diff", ...args]);

      assert.equal(code, 0, stderr);
      assert.match(stdout, /^No change to access\n/);
    }
    const { code, stdout } = await repository.review(["diff", "main", "grown.json"]);
    assert.equal(code, 1);
    assert.match(stdout, /^Broadens access: 1 client, \+1 permission\n/);
  });

  it("reports only what the stack of a preview loses", async () => {
    const { code, stdout } = await repository.review(["diff", "main", "preview:preview.json"]);

    assert.equal(code, 0);
    assert.match(stdout, /^Narrows access: 1 client, -1 permission\n/);
    assert.doesNotMatch(stdout, /stack "dev"/);
  });

  it("refuses files of two stacks, and a stack that the file does not cover", async () => {
    const files = await repository.review(["diff", "access/access.prod.json", "access/access.dev.json"]);
    const asked = await repository.review(["diff", "main", "access/access.prod.json", "--stack", "dev"]);
    const both = await repository.review([
      ...["diff", "main", "preview:preview.json"],
      ...["--stack", "acme/prod", "--stack", "dev"],
    ]);

    assert.deepEqual([files.code, asked.code, both.code], [3, 3, 3]);
    assert.match(files.stderr, /^access\/access\.prod\.json and access\/access\.dev\.json cover two different stacks /);
    assert.match(asked.stderr, /^access\/access\.prod\.json does not cover the stack "dev"; leave out --stack /);
    assert.match(both.stderr, /^preview:preview\.json does not cover the stack "dev"; /);
  });
});
