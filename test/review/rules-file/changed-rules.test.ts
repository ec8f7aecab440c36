import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const RULES = `version: 1
rules:
  - { id: no-export, outcome: deny, reason: exports leave through the warehouse, when: { scope: export, stack: prod } }
  - { id: no-delete, outcome: deny, reason: machines delete nothing, when: { access: delete } }
`;

describe("a change of the rules", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    repository.write("access-review.yaml", RULES);
    repository.write("access/access.prod.json", lockText(manifestOf([{ resource: "crm", name: "CRM sync" }])));
    repository.write("other/access/other.eu.json", lockText(manifestOf([], { pulumiProject: "other", stack: "eu" })));
    repository.commit("rules");
  });
  after(removeTemporaryFolders);

  /** The review of a branch that main does not have yet. */
  async function review(branch: string, edit: () => void, base = "main") {
    repository.git("switch", "--quiet", "--create", branch, base);
    edit();
    repository.commit(branch);
    return repository.review(["diff", base, branch]);
  }
  const replace = (from: string, to: string) => repository.write("access-review.yaml", RULES.replace(from, to));

  for (const [title, edit, message] of [
    ["a typo", ["access: delete", "acces: delete"], /^typo:access-review\.yaml, rules\.1\.when: Unrecognized key/],
    ["no YAML", ["version: 1", "version: ["], /^broken:access-review\.yaml is not valid YAML: /],
    [
      "a stack in the wrong case",
      ["stack: prod", "stack: Prod"],
      /^case:access-review\.yaml: the rule "no-export" has a condition that is never met: no lock file has the stack "Prod", but "prod": case matters$/m,
    ],
  ] as const) {
    it(`is refused before the merge with ${title}`, async () => {
      const branch = /^\^(\w+)/.exec(message.source)?.[1] ?? "";

      const { code, stdout, stderr } = await review(branch, () => replace(edit[0], edit[1]));

      assert.deepEqual([code, stdout], [3, ""]);
      assert.match(stderr, message);
    });
  }

  it("may name the stacks of the repository's other programs", async () => {
    const { code, stdout, stderr } = await review("eu", () => replace("stack: prod", "stack: [prod, eu]"));

    assert.equal(code, 0, stderr);
    assert.match(stdout, /^Note: this change also edits access-review\.yaml; its edited rules do not apply yet$/m);
  });

  it("has a warning when no client has the name, in that change only", async () => {
    const edit = () => replace("access: delete", "access: delete, client: ETL");
    const warning =
      /^Note: in access-review\.yaml, the rule "no-delete" has a condition that nothing meets yet: no client has the name "ETL", only "CRM sync"$/m;

    const { code, stdout } = await review("warned", edit);
    const later = await review("later", () => repository.write("note.txt", "x"), "warned");

    assert.equal(code, 0);
    assert.match(stdout, warning);
    assert.doesNotMatch(later.stdout, /ETL/);
  });

  it("is not needed for a change of something else, but the dead condition stays a note", async () => {
    repository.git("switch", "--quiet", "case");
    const { code, stdout } = await review("unrelated", () => repository.write("note.txt", "x"), "case");

    assert.equal(code, 0);
    assert.match(stdout.split("\n")[2] ?? "", /^Note: in access-review\.yaml, the rule "no-export" has a condition/);
  });

  it("is asked of the change that removes the last stack of a rule", async () => {
    const { code, stderr } = await review("stackless", () => {
      rmSync(`${repository.folder}/access/access.prod.json`);
      rmSync(`${repository.folder}/Pulumi.prod.yaml`);
      repository.write("access/access.dev.json", lockText(manifestOf([], { stack: "dev" })));
      repository.write("Pulumi.dev.yaml", "config: {}\n");
    });

    assert.equal(code, 3);
    assert.match(stderr, /no lock file has the stack "prod", only "dev", "eu"/);
  });

  for (const [branch, edit, note] of [
    [
      "deleted",
      () => rmSync(`${repository.folder}/access-review.yaml`),
      "this change deletes access-review.yaml; once it is merged, only the defaults apply",
    ],
    [
      "moved",
      () => repository.git("mv", "access-review.yaml", "rules.yaml"),
      'this change moves access-review.yaml to "rules.yaml", where it is not read; once it is merged, only the defaults apply',
    ],
    [
      "emptied",
      () => repository.write("access-review.yaml", "version: 1\n"),
      'this change removes every rule from access-review.yaml: the rules "no-export", "no-delete"; until it is merged, all rules of BASE apply',
    ],
    [
      "shortened",
      () => repository.write("access-review.yaml", RULES.replace(/ {2}- \{ id: no-delete.*\n/, "")),
      'this change removes the rule "no-delete" from access-review.yaml; until it is merged, all rules of BASE apply',
    ],
  ] as const) {
    it(`says in its first lines that the rules are ${branch}`, async () => {
      const { code, stdout } = await review(branch, edit);

      assert.equal(code, 0);
      assert.equal(stdout.split("\n")[2], `Note: ${note}`);
    });
  }
});
