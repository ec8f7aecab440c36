import assert from "node:assert/strict";
import { chmodSync } from "node:fs";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const RULES = "version: 1\nrules: []\n";
const LOCK = JSON.stringify({
  version: 2,
  pulumiProject: "access",
  stack: "prod",
  catalog: "0.1.0",
  clients: [],
  grants: [],
  uncertain: [],
});

describe("rules in a place where they are not read", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    repository.write("access/access.prod.json", LOCK);
    repository.write("infra/access/access.prod.json", LOCK);
    repository.commit("no rules");
  });
  after(removeTemporaryFolders);

  /** A branch of main with one more file. */
  function add(branch: string, file: string): void {
    repository.git("switch", "--quiet", "--create", branch, "main");
    repository.write(file, RULES);
    repository.commit(branch);
  }

  async function refusal(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await repository.review(["diff", ...args]);
    assert.deepEqual([code, stdout], [3, ""], stderr);
    return stderr;
  }

  it("are refused under another name in HEAD, unless HEAD moves them", async () => {
    for (const extension of ["yml", "json"]) {
      const file = `access-review.${extension}`;
      add(extension, file);
      const sentence = `${extension} has ${file}, but rules are read only from access-review.yaml in the root of the repository; move them there\n`;

      assert.equal(await refusal("main", extension), sentence);
      assert.equal(await refusal(extension, extension), sentence);
      const moved = await repository.review(["diff", extension, "main"]);
      assert.equal(moved.code, 0, moved.stderr);
    }
  });

  it("are refused beside a program that is not in the root", async () => {
    add("infra", "infra/access-review.yaml");

    assert.match(
      await refusal("infra", "infra", "--program", "infra"),
      /^infra has infra\/access-review\.yaml, but rules are read only from /,
    );
  });

  it("are ignored beside another program, or in the root", async () => {
    add("other", "other/access-review.yaml");
    repository.write("access-review.yaml", RULES);
    repository.commit("rules");

    for (const program of [".", "infra"]) {
      const { code, stdout } = await repository.review(["diff", "other", "other", "--program", program]);
      assert.equal(code, 0);
      assert.match(stdout, /^Nothing to decide \(rules of other:access-review\.yaml\)$/m);
    }
  });

  it("do not count as missing when git fails", async () => {
    const git = repository.git("--exec-path").trim();
    repository.write("bin/git", `#!/bin/sh\ncase "$*" in *ls-tree*) exit 1 ;; esac\nexec "${git}/git" "$@"\n`);
    chmodSync(`${repository.folder}/bin/git`, 0o755);
    const environment = { PATH: `${repository.folder}/bin:${process.env["PATH"]}` };

    const { code, stderr } = await repository.review(["diff", "main", "main"], environment);

    assert.equal(code, 3);
    assert.match(stderr, /^git failed in \.: /);
  });
});
