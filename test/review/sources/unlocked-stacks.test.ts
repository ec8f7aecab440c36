import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const RULES = `version: 1
rules: [{ id: no-export, outcome: deny, reason: exports leave through the warehouse, when: { scope: export } }]
`;
const GUARDED = `version: 1
rules: [{ id: guarded, outcome: deny, reason: prod stays, when: { stack: prod } }]
`;
const EXPORTS = [{ resource: "etl", name: "ETL", permissions: ["export:segment"] }];
const LOCK = "access/access.prod.json";
const DEV = "access/access.dev.json";

let repository: ReviewRepository;

async function review(branch: string, base: string, edit: () => void) {
  repository.git("switch", "--quiet", "--create", branch, base);
  edit();
  repository.commit(branch);
  return repository.review(["diff", base, branch]);
}
const remove = (...files: readonly string[]) => {
  for (const file of files) rmSync(`${repository.folder}/${file}`);
};

function openTwoStacks(): void {
  repository = openReviewRepository();
  repository.write("access-review.yaml", RULES);
  for (const stack of ["dev", "prod"]) {
    repository.write(`Pulumi.${stack}.yaml`, "config: {}\n");
    repository.write(`access/access.${stack}.json`, lockText(manifestOf(EXPORTS, { stack })));
  }
  repository.commit("two stacks");
}

describe("a broken lock file in BASE", function () {
  this.timeout(60_000);

  before(() => {
    openTwoStacks();
    repository.git("switch", "--quiet", "--create", "broken");
    repository.write(LOCK, "{");
    repository.commit("broken");
  });
  after(removeTemporaryFolders);

  it("is refused before the merge, and in a change of something else", async () => {
    const merge = await repository.review(["diff", "main", "broken"]);
    const other = await review("other", "broken", () => repository.write("note.txt", "x"));

    assert.deepEqual([merge.code, other.code], [3, 3]);
    assert.match(merge.stderr, /^broken:access\/access\.prod\.json cannot be read, because it is not valid JSON; /);
    assert.match(other.stderr, /^other:access\/access\.prod\.json cannot be read/);
  });

  it("can be repaired with an approval, also where a rule would deny what then counts as new", async () => {
    const { code, stdout } = await review("repaired", "broken", () =>
      repository.write(LOCK, lockText(manifestOf(EXPORTS))),
    );

    assert.equal(code, 1, stdout);
    const [verdict, outcome, note] = stdout.split("\n");
    assert.match(verdict ?? "", /^Broadens access: 1 client, \+1 permission, 1 critical/);
    assert.match(outcome ?? "", /^Needs approval /);
    assert.match(
      note ?? "",
      /^Note: broken:access\/access\.prod\.json cannot be read, .*This change repairs it: everything in the stack "prod" counts as new, and what a rule denies there needs approval$/,
    );
    assert.match(stdout, /^ {2}needs approval {2}"ETL" {2}"export:segment" {2}rule no-export /m);
  });

  it("denies what a rule denies in another stack all the same", async () => {
    const { code, stdout } = await review("both", "broken", () => {
      repository.write(LOCK, lockText(manifestOf(EXPORTS)));
      const more = [...EXPORTS, { resource: "crm", name: "CRM", permissions: ["export:segment"] }];
      repository.write(DEV, lockText(manifestOf(more, { stack: "dev" })));
    });

    assert.equal(code, 2);
    assert.match(stdout, /^ {2}denied {2}"CRM" {2}"export:segment" {2}rule no-export /m);
  });

  it("relaxes no rule where only the commit that the change branches off from has it", async () => {
    await review("branched-off", "broken", () => {
      const more = [...EXPORTS, { resource: "crm", name: "CRM", permissions: ["export:segment"] }];
      repository.write(LOCK, lockText(manifestOf(more)));
    });

    const today = await repository.review(["diff", "broken", "branched-off", "--rules-from", "main"]);
    const still = await repository.review(["diff", "broken", "branched-off", "--rules-from", "broken"]);

    assert.equal(today.code, 2, today.stdout);
    assert.match(today.stdout, /^ {2}denied {2}"CRM" {2}"export:segment" {2}rule no-export /m);
    assert.match(
      today.stdout,
      /^Note: .* It is not broken in "main", so what a rule denies there stays denied: merge "main" into this change to compare with its lock file$/m,
    );
    assert.equal(still.code, 1, still.stdout);
  });

  it("can be deleted with an approval, together with the configuration of its stack", async () => {
    const kept = await review("kept", "broken", () => remove(LOCK));
    const deleted = await review("deleted", "kept", () => remove("Pulumi.prod.yaml"));
    const whole = await repository.review(["diff", "broken", "deleted"]);

    assert.equal(kept.code, 3);
    assert.match(kept.stderr, /^kept has no lock file of the stack "prod" but still has Pulumi\.prod\.yaml; /);
    assert.equal(deleted.code, 0, deleted.stderr);
    assert.equal(whole.code, 1, whole.stderr);
    assert.match(
      whole.stdout,
      /^Gives up 1 stack: its clients are not known\nNeeds approval .*\nNote: .* This change deletes it: /,
    );
  });

  it("cannot be deleted against a rule about its stack", async () => {
    repository.write("guarded.yaml", GUARDED);
    const { code, stdout } = await repository.review(["diff", "broken", "deleted", "--rules", "guarded.yaml"]);

    assert.equal(code, 2, stdout);
    assert.match(stdout, /^ {2}denied .* {2}rule guarded /m);
  });

  it("leaves a stack without configuration uncertain when it is deleted", async () => {
    await review("bare", "main", () => {
      remove("Pulumi.prod.yaml");
      repository.write(LOCK, "{");
    });
    await review("no-lock", "bare", () => remove(LOCK));

    const { code, stdout } = await repository.review(["diff", "bare", "no-lock", "--rules", "guarded.yaml"]);

    assert.equal(code, 2, stdout);
    assert.match(stdout, /^Cannot tell what changes\nDenied /);
    assert.match(
      stdout,
      /^Not certain: access, stack prod: no-lock no longer has its lock file, which could not be read/m,
    );
  });

  it("is refused where nothing repairs it: in a comparison with a file", async () => {
    repository.git("switch", "--quiet", "main");
    repository.write("lock.json", lockText(manifestOf(EXPORTS)));

    const { code, stderr } = await repository.review(["diff", "broken", "lock.json"]);

    assert.equal(code, 3);
    assert.match(stderr, /^broken:access\/access\.prod\.json cannot be read/);
  });
});

describe("rules of BASE that cannot be read", function () {
  this.timeout(60_000);

  before(() => {
    openTwoStacks();
    repository.git("switch", "--quiet", "--create", "typo");
    repository.write("access-review.yaml", RULES.replace("scope:", "scop:"));
    repository.commit("typo");
  });
  after(removeTemporaryFolders);

  it("stop a change of something else, with the way out", async () => {
    const { code, stderr } = await review("other-rules", "typo", () => repository.write("note.txt", "x"));

    assert.equal(code, 3);
    assert.match(
      stderr,
      /^typo:access-review\.yaml, rules\.0\.when: .*; a pull request that repairs or deletes it can pass with an approval$/m,
    );
  });

  it("can be repaired with an approval, and apply to that change", async () => {
    const repaired = await review("repaired-rules", "typo", () => repository.write("access-review.yaml", RULES));
    const more = [...EXPORTS, { resource: "crm", name: "CRM", permissions: ["export:segment"] }];
    const smuggled = await review("smuggled", "typo", () => {
      repository.write("access-review.yaml", `${RULES}defaults: { unknown: nothing, broadened: nothing }\n`);
      repository.write(LOCK, lockText(manifestOf(more)));
    });

    assert.equal(repaired.code, 1, repaired.stderr);
    assert.match(
      repaired.stdout,
      /^No change to access\nNeeds approval \(rules of repaired-rules:access-review\.yaml\)\nNote: typo:access-review\.yaml, .*This change repairs it; its rules apply already, without its defaults and waivers$/m,
    );
    assert.equal(smuggled.code, 2);
    assert.match(smuggled.stdout, /^ {2}needs approval {2}"CRM" {2}rule broadened /m);
  });

  it("can be deleted with an approval", async () => {
    const { code, stdout } = await review("no-rules", "typo", () => remove("access-review.yaml"));

    assert.equal(code, 1);
    assert.match(stdout, /^No change to access\nNeeds approval \(default rules\)\nNote: .*This change deletes it$/m);
  });

  it("stay an error for a change that only predates them", async () => {
    repository.git("switch", "--quiet", "--create", "older", "main");
    repository.write("note.txt", "x");
    repository.commit("older");

    const { code, stderr } = await repository.review(["diff", "main", "older", "--rules-from", "typo"]);

    assert.equal(code, 3);
    assert.match(stderr, /^typo:access-review\.yaml, /);
  });
});

describe("giving up a stack by removing its files", function () {
  this.timeout(60_000);

  before(openTwoStacks);
  after(removeTemporaryFolders);

  it("destroys nothing, says so in the first lines, and needs approval", async () => {
    const { code, stdout } = await review("no-dev", "main", () => remove(DEV, "Pulumi.dev.yaml"));

    assert.equal(code, 1);
    assert.deepEqual(stdout.split("\n").slice(0, 3), [
      "Gives up 1 stack: 1 client left without a program",
      "Needs approval (rules of main:access-review.yaml)",
      'Note: this change gives up the stack "dev": nothing is destroyed. Its 1 client keeps its secret and permissions, and no program manages them. To delete them, somebody with access to the stack\'s state must run `pulumi destroy --stack dev` in a commit that still has the stack',
    ]);
    assert.match(stdout, /^ {2}needs approval {2}rule given-up-stack {2}see the notes$/m);
    const markdown = (await repository.review(["diff", "main", "no-dev", "--format", "markdown"])).stdout;
    assert.match(markdown, /^- needs approval by <code>given-up-stack<\/code>: see the notes$/m);
    assert.equal(markdown.match(/nothing is destroyed/g)?.length, 1);
    const json = JSON.parse((await repository.review(["diff", "main", "no-dev", "--format", "json"])).stdout);
    assert.deepEqual(json.diff.givenUp, [{ pulumiProject: "access", stack: "dev", clients: 1 }]);
    const same = JSON.parse((await repository.review(["diff", "main", "main", "--format", "json"])).stdout);
    assert.notEqual(json.diff.digest, same.diff.digest);
  });

  it("avoids no rule about the stack, its clients or what is deleted", async () => {
    await review("no-prod", "main", () => remove(LOCK, "Pulumi.prod.yaml"));
    const codes: (number | null)[] = [];
    for (const when of ["stack: prod", "client: ETL", "effect: deleted", "stack: dev", "client: CRM"]) {
      repository.write("guarded.yaml", GUARDED.replace("stack: prod", when));
      codes.push((await repository.review(["diff", "main", "no-prod", "--rules", "guarded.yaml"])).code);
    }
    repository.write("guarded.yaml", "version: 1\ndefaults: { deleted: deny }\n");
    codes.push((await repository.review(["diff", "main", "no-prod", "--rules", "guarded.yaml"])).code);

    assert.deepEqual(codes, [2, 2, 2, 1, 1, 2]);
  });

  it("is refused where Pulumi.yaml cannot be read, which may name the folder of the configuration", async () => {
    const { code, stderr } = await review("two-documents", "main", () => {
      remove(LOCK, "Pulumi.prod.yaml");
      repository.write("Pulumi.yaml", "name: access\nruntime: nodejs\nstackConfigDir: stacks\n---\n{}\n");
      repository.write("stacks/Pulumi.prod.yaml", "config: {}\n");
    });

    assert.equal(code, 3);
    assert.match(stderr, /^Pulumi\.yaml of the commit [0-9a-f]{12} cannot be read: /);
  });

  it("may be the last one", async () => {
    const { code, stdout, stderr } = await review("no-stack", "main", () =>
      remove(DEV, LOCK, "Pulumi.dev.yaml", "Pulumi.prod.yaml"),
    );

    assert.equal(code, 1, stderr);
    assert.match(stdout, /^Gives up 2 stacks: 2 clients left without a program\n/);
    assert.deepEqual(await repository.review(["check"]), {
      code: 0,
      stdout: "nothing to check: no stack has a lock file or a Pulumi.<stack>.yaml\n",
      stderr: "",
    });
  });

  it("is found where stackConfigDir keeps the configuration, in a folder", async () => {
    repository.git("switch", "--quiet", "--create", "folder", "main");
    repository.write("infra/Pulumi.yaml", "name: access\nruntime: nodejs\nstackConfigDir: stacks\n");
    repository.write("infra/stacks/Pulumi.eu.yaml", "config: {}\n");
    repository.write("infra/access/access.eu.json", lockText(manifestOf(EXPORTS, { stack: "eu" })));
    repository.commit("folder");
    repository.git("switch", "--quiet", "--create", "no-eu");
    remove("infra/stacks/Pulumi.eu.yaml", "infra/access/access.eu.json");
    repository.commit("no eu");

    const { code, stdout, stderr } = await repository.review(["diff", "folder", "no-eu", "--program", "infra"]);

    assert.equal(code, 1, stderr);
    assert.match(stdout, /^Gives up 1 stack: 1 client left without a program\n/);
  });
});
