import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { PERMISSION_IDS } from "xtremepush-access";
import { BODY_MAX } from "../../../review/src/comment/body";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { runReview } from "../../support/review/review-repository";

describe("a thousand clients with twenty permissions each", function () {
  this.timeout(60_000);
  after(() => removeTemporaryFolders());

  it("are compared to the last row, and fit into one comment", async () => {
    const folder = temporaryFolder();
    const side = (first: number) =>
      manifestOf(
        Array.from({ length: 1_000 }, (_, index) => ({
          resource: `client-${index}`,
          permissions: PERMISSION_IDS.slice(first, first + 20),
        })),
      );
    writeFileSync(path.join(folder, "base.json"), lockText(side(0)));
    writeFileSync(path.join(folder, "head.json"), lockText(side(20)));

    const { code, stdout } = await runReview(folder, ["diff", "base.json", "head.json", "--format", "json"]);

    assert.equal(code, 1);
    const { diff } = JSON.parse(stdout);
    assert.equal(diff.counts.gained, 20_000);
    assert.equal(diff.counts.lost, 20_000);
    writeFileSync(path.join(folder, "review.json"), stdout);
    const on = ["--repo", "acme/access", "--pull-request", "7", "--dry-run"];
    const comment = await runReview(folder, ["comment", "review.json", ...on]);
    assert.equal(comment.code, 0);
    assert.ok(comment.stdout.length <= BODY_MAX, `${comment.stdout.length} characters`);
    assert.match(comment.stdout, /too long to show in full/);
    assert.match(comment.stdout, /\| .* and 990 more \| broadened, narrowed \|/);
  });
});
