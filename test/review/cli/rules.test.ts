import assert from "node:assert/strict";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const RULES = `version: 1
defaults: { renamed: deny }
rules:
  - { id: no-export, outcome: deny, reason: exports leave through the warehouse, when: { permission: export:segment } }
  - { id: keep, outcome: approval, reason: the CRM needs it, when: { client: CRM*, effect: deleted } }
  - { id: old, outcome: deny, reason: it was, when: { stack: Prod, access: delete } }
waivers:
  - { rule: no-export, client: Warehouse, reason: it is the warehouse, approver: ana@example.com, until: 2020-01-31 }
`;

describe("the command rules", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    const clients = [
      { resource: "crm", name: "CRM sync", permissions: ["list:tag"] },
      { resource: "etl", name: "Warehouse", permissions: ["export:segment", "list:tag"] },
    ];
    repository.write("infra/access/access.prod.json", lockText(manifestOf(clients)));
    repository.write("access-review.yaml", RULES);
  });
  after(removeTemporaryFolders);

  it("explains what meets each rule, and fails for a condition that is never met", async () => {
    const { code, stdout, stderr } = await repository.review(["rules", "--program", "infra"]);

    assert.equal(code, 3, stderr);
    assert.equal(
      stdout,
      `no-export  denies  exports leave through the warehouse
  when: permission "export:segment"
  permissions: 1 of 67: export:segment
  stacks: 1 of 1: prod
  clients that have such a permission today, and would meet it when they gain it again: 1
    "Warehouse", stack "prod": export:segment

keep  needs approval  the CRM needs it
  when: client "CRM*" and effect "deleted"
  stacks: 1 of 1: prod
  clients: 1
    "CRM sync", stack "prod"

old  denies  it was
  when: access "delete" and stack "Prod"
  permissions: 4 of 67: delete:segment, delete:list, data-actions:delete-profile, data-actions:delete-device
  stacks: 0 of 1: none
  no client has such a permission today
  never met: no lock file has the stack "Prod", but "prod": case matters

waiver of no-export for client "Warehouse", by "ana@example.com" until 2020-01-31 (it is over): it is the warehouse

by default: unknown, broadened, credentials-changed, created need approval; renamed are denied
`,
    );
  });

  it("reads another file on request, and says when there is none", async () => {
    repository.write("mine.yaml", "{ version: 1, rules: [] }");

    const mine = await repository.review(["rules", "--program", "infra", "--rules", "mine.yaml"]);
    const none = await repository.review(["rules", "--rules", "none.yaml"]);

    assert.deepEqual(
      [mine.code, mine.stdout],
      [0, "by default: unknown, broadened, credentials-changed, created need approval\n"],
    );
    assert.deepEqual([none.code, none.stderr], [3, "none.yaml cannot be read; without rules, the defaults decide\n"]);
  });

  it("prints the names of strangers on one line each", async () => {
    const name = "\u001b[2J\n::error::forged";
    const locked = manifestOf([{ resource: "crm", name, permissions: ["export:segment"] }]);
    repository.write("hostile/access/access.prod.json", lockText(locked));

    const { stdout } = await repository.review(["rules", "--program", "hostile"]);

    assert.match(stdout, /^ {4}"\\u\{1b\}\[2J\\u\{a\}::error::forged", stack "prod": export:segment$/m);
    assert.doesNotMatch(stdout, /^\s*::/m);
  });
});
