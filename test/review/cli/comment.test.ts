import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { writeJson } from "../../../review/src/outputs/json";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { type GitHubApi, startGitHubApi } from "../../support/review/github-api";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, runReview } from "../../support/review/review-repository";
import { reviewOf } from "../../support/review/reviews";

describe("the command comment", function () {
  this.timeout(60_000);
  let api: GitHubApi;
  let folder: string;
  const review = reviewOf([], [manifestOf([{ resource: "crm", permissions: ["list:tag"] }])]);
  const on = ["--repo", "acme/access", "--pull-request", "7"];

  before(async () => {
    api = await startGitHubApi();
    folder = temporaryFolder();
    writeFileSync(path.join(folder, "review.json"), writeJson(review));
  });
  after(async () => {
    await api.close();
    removeTemporaryFolders();
  });

  it("puts the review on the pull request, with links to the program", async () => {
    const sources = "https://github.com/acme/access/blob/abc";
    const environment = { GITHUB_TOKEN: "job-token", GITHUB_API_URL: api.url };

    const { code, stdout } = await runReview(
      folder,
      ["comment", "review.json", ...on, "--sources", sources],
      environment,
    );

    assert.equal(code, 0);
    assert.equal(stdout, "comment created on acme/access#7\n");
    assert.ok(api.comments[0]?.body.includes("(https://github.com/acme/access/blob/abc/index.ts#L2)"));
  });

  describe("with --commit", () => {
    const [commit, other] = ["a".repeat(40), "b".repeat(40)];
    const environment = () => ({ GITHUB_TOKEN: "job-token", GITHUB_API_URL: api.url });
    const comment = (...args: string[]) =>
      runReview(folder, ["comment", "review.json", "--repo", "acme/access", ...args], environment());

    before(() => {
      // The wanted one is on the second page.
      const others = Array.from({ length: 150 }, (_, index) => ({ number: 1_000 + index, sha: other, ref: "main" }));
      for (const { number, sha, ref } of [
        ...others,
        { number: 8, sha: commit, ref: "next" },
        { number: 7, sha: commit, ref: "main" },
      ]) {
        api.pullRequests.push({ number, head: { sha }, base: { ref } });
      }
    });
    after(() => {
      api.pullRequests.length = 0;
    });

    it("finds the open pull request of the commit into a branch", async () => {
      const { code, stdout, stderr } = await comment("--commit", commit, "--base", "main");

      assert.equal(stderr, "");
      assert.equal(code, 0);
      assert.match(stdout, /^comment (created|updated|unchanged) on acme\/access#7\n$/);
    });

    it("does nothing when the pull request is closed or has a newer commit", async () => {
      const { code, stdout } = await comment("--commit", "c".repeat(40));

      assert.equal(code, 0);
      assert.equal(stdout, `no open pull request of acme/access has ${"c".repeat(40)} as its last commit\n`);
    });

    it("writes nothing when a newer commit arrives while it reads the comments", async () => {
      const ours = api.pullRequests.findIndex(({ number }) => number === 7);
      const before = api.comments.map(({ body }) => body);
      api.onRequest((request) => {
        if (request !== "GET /repos/acme/access/issues/7/comments") return;
        api.pullRequests.splice(ours, 1, { number: 7, head: { sha: other }, base: { ref: "main" } });
      });

      const { code, stdout } = await comment("--commit", commit, "--base", "main", "--set", "late");
      api.onRequest(() => {});
      api.pullRequests.splice(ours, 1, { number: 7, head: { sha: commit }, base: { ref: "main" } });

      assert.deepEqual({ code, stdout }, { code: 0, stdout: "comment left to a newer commit on acme/access#7\n" });
      assert.deepEqual(
        api.comments.map(({ body }) => body),
        before,
      );
    });

    it("refuses a short commit id, and both ways to name a pull request", async () => {
      const half = await comment("--commit", "aaaaaaa");
      const both = await comment("--commit", commit, "--pull-request", "7");
      const none = await comment();

      assert.deepEqual([half.code, both.code, none.code], [3, 3, 3]);
      assert.equal(half.stderr, "--commit takes a full commit id\n");
      for (const { stderr } of [both, none]) {
        assert.equal(stderr, "pass either --pull-request or --commit\n");
      }
    });
  });

  it("prints the comment on --dry-run, without a token", async () => {
    const { code, stdout } = await runReview(folder, ["comment", "review.json", ...on, "--dry-run"]);

    assert.equal(code, 0);
    assert.match(stdout, /^<!-- xtremepush-access-review:[0-9a-f]{16} -->\n### Broadens access/);
  });

  it("links to a file whose name contains markdown characters", async () => {
    const source = "app/(group)/it's!*.ts:2";
    writeFileSync(path.join(folder, "odd.json"), writeJson(reviewOf([], [manifestOf([{ resource: "crm", source }])])));

    const { stdout } = await runReview(folder, [
      ...["comment", "odd.json", ...on, "--dry-run"],
      ...["--sources", "https://github.com/acme/access/blob/abc"],
    ]);

    assert.ok(stdout.includes("](https://github.com/acme/access/blob/abc/app/%28group%29/it%27s%21%2A.ts#L2)"), stdout);
  });

  it("replaces an older review when the comparison failed", async () => {
    const report = "https://ci.example/run/1";

    const { code, stdout } = await runReview(
      folder,
      ["comment", "--could-not-compare", ...on, "--report", report, "--only-when", "broadens"],
      { GITHUB_TOKEN: "job-token", GITHUB_API_URL: api.url },
    );

    assert.deepEqual({ code, stdout }, { code: 0, stdout: "comment updated on acme/access#7\n" });
    assert.match(
      api.comments[0]?.body ?? "",
      /\n### Could not compare\n\n.+\[the run\]\(https:\/\/ci.example\/run\/1\)/,
    );
    for (const args of [["--could-not-compare", "review.json"], []]) {
      const { stderr } = await runReview(folder, ["comment", ...args, ...on]);
      assert.equal(stderr, "comment takes either a review or --could-not-compare\n");
    }
  });

  it("keeps the comments on two programs of one pull request apart", async () => {
    const repository = openReviewRepository();
    repository.write("infra/a/Pulumi.yaml", "name: a\nruntime: nodejs\n");
    writeFileSync(path.join(repository.folder, "infra/a/review.json"), writeJson({ ...review, program: "infra/a/" }));
    const environment = { GITHUB_TOKEN: "job-token", GITHUB_API_URL: api.url };
    const comment = (...args: string[]) => runReview(repository.folder, ["comment", ...args, ...on], environment);

    const ours = await comment("--could-not-compare");
    const theirs = await comment("infra/a/review.json");
    const failed = await comment("--could-not-compare", "--program", "infra/a");

    assert.deepEqual(
      [ours, theirs, failed].map(({ stdout }) => stdout.split(" ")[1]),
      ["updated", "created", "updated"],
    );
    assert.match(api.comments.at(-1)?.body ?? "", /this change to <code>infra&#47;a&#47;<\/code> does/);
    assert.equal(new Set(api.comments.map(({ body }) => body.split("\n")[0])).size, api.comments.length);
  });

  it("refuses a file that is not a review, and a digest that is markup", async () => {
    const forged = { ...review, diff: { ...review.diff, digest: "</code>@octocat" } };
    writeFileSync(path.join(folder, "forged.json"), JSON.stringify(forged));
    writeFileSync(path.join(folder, "half.json"), writeJson(review).slice(0, 100));

    for (const file of ["forged.json", "half.json"]) {
      const { code, stderr } = await runReview(folder, ["comment", file, ...on, "--dry-run"]);
      assert.equal(code, 3);
      assert.equal(
        stderr,
        `${file} is not a review that this version of \`diff --format json\` wrote; run diff again\n`,
      );
    }
  });

  it("says what is missing", async () => {
    assert.match((await runReview(folder, ["comment", "review.json", ...on])).stderr, /^GITHUB_TOKEN is not set/);
    const { stderr } = await runReview(folder, ["comment", "review.json", "--repo", "acme", "--pull-request", "7"], {
      GITHUB_TOKEN: "x",
    });
    assert.equal(stderr, "--repo takes owner/name\n");
  });
});
