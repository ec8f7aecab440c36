import assert from "node:assert/strict";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const RULES = `version: 1
defaults: { broadened: nothing, created: nothing }
rules:
  - { id: staging-first, outcome: deny, reason: try it in staging first, when: { stack: prod, not-before: staging } }
`;

describe("a rule with not-before", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  const lock = (stack: string, ...permissions: readonly string[]) =>
    repository.write(
      `access/access.${stack}.json`,
      lockText(manifestOf([{ resource: "crm", name: "CRM sync", permissions }], { stack })),
    );
  const change = (name: string, locks: Readonly<Record<string, readonly string[]>>) => {
    repository.git("switch", "--quiet", "--force-create", name, "main");
    for (const [stack, permissions] of Object.entries(locks)) lock(stack, ...permissions);
    repository.commit(name);
  };
  const denials = async (...args: readonly string[]) => {
    const { code, stdout } = await repository.review(["diff", "main", "HEAD", "--format", "json", ...args]);
    const { decision } = JSON.parse(stdout);
    return [code, ...decision.findings.map(({ permission }: { permission: string | null }) => permission)];
  };

  before(() => {
    repository = openReviewRepository();
    repository.write("access-review.yaml", RULES);
    repository.write("Pulumi.staging.yaml", "config: {}\n");
    lock("prod", "list:tag");
    lock("staging", "list:tag", "list:segment");
    repository.commit("two stacks");
  });
  after(removeTemporaryFolders);

  it("denies what the lower stack does not have, or gets only now", async () => {
    change("both", { prod: ["list:tag", "info:tag"], staging: ["list:tag", "list:segment", "info:tag"] });

    assert.deepEqual(await denials(), [2, "info:tag"]);
    assert.deepEqual(await denials("--stack", "prod"), [2, "info:tag"]);
  });

  it("lets through what the lower stack has, whatever stack is asked for", async () => {
    change("promoted", { prod: ["list:tag", "list:segment"] });

    assert.deepEqual(await denials(), [0]);
    assert.deepEqual(await denials("--stack", "prod"), [0]);
  });

  it("says nothing of the lower stack itself", async () => {
    change("below", { staging: ["list:tag", "list:segment", "export:segment"] });

    assert.deepEqual(await denials(), [0]);
  });

  it("takes the lock files of the working tree where a side is not a commit", async () => {
    change("file", { prod: ["list:tag", "list:segment", "info:tag"] });

    const { code, stdout } = await repository.review([
      ...["diff", "main", "access/access.prod.json", "--format", "json"],
    ]);

    const { findings } = JSON.parse(stdout).decision;
    assert.deepEqual([code, findings.map(({ permission }: { permission: string }) => permission)], [2, ["info:tag"]]);
  });

  it("is refused for a stack that no lock file has", async () => {
    repository.git("switch", "--quiet", "--force-create", "misspelt", "main");
    repository.write("access-review.yaml", RULES.replace("not-before: staging", "not-before: Staging"));
    repository.commit("misspelt");

    const { code, stderr } = await repository.review(["diff", "main", "HEAD"]);

    assert.equal(code, 3);
    assert.match(
      stderr,
      /the rule "staging-first" has a condition that is always met: no lock file has the stack "Staging"/,
    );
  });

  it("is explained by what production has and the lower stack does not", async () => {
    change("explained", { prod: ["list:tag", "info:tag"] });

    const { code, stdout, stderr } = await repository.review(["rules"]);

    assert.equal(code, 0, stderr);
    assert.equal(
      stdout,
      `staging-first  denies  try it in staging first
  when: not-before "staging" and stack "prod"
  permissions: 67 of 67: create:campaign, create:segment, create:list, create:tag, batch-create:tag, update:campaign, update:segment, update:list, delete:segment, delete:list, and 57 more
  stacks: 1 of 2: prod
  clients that have such a permission today, and would meet it when they gain it again: 1
    "CRM sync", stack "prod": info:tag

by default: unknown, credentials-changed need approval
`,
    );
  });
});
