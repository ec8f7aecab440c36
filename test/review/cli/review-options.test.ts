import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
import { openReviewRepository, type ReviewRepository, runReview } from "../../support/review/review-repository";

const CRM = { resource: "crm", permissions: ["list:profile"] };
const GROWN = { resource: "crm", permissions: ["list:profile", "list:tag"] };

describe("the files in annotations and SARIF", function () {
  this.timeout(60_000);
  let repository: ReviewRepository;

  before(() => {
    repository = openReviewRepository();
    for (const clients of [[CRM], [GROWN]]) {
      repository.write("infra/access/access.prod.json", lockText(manifestOf(clients)));
      repository.commit("a lock file in a folder");
    }
  });
  after(removeTemporaryFolders);

  it("are relative to the root of the repository, wherever the review runs", async () => {
    const args = ["diff", "main~1", "main", "--format", "annotations", "--write", "sarif=access.sarif"];
    const infra = path.join(repository.folder, "infra");

    for (const { stdout, folder } of [
      { ...(await runReview(infra, args)), folder: infra },
      { ...(await repository.review([...args, "--program", "infra"])), folder: repository.folder },
    ]) {
      const sarif = JSON.parse(readFileSync(path.join(folder, "access.sarif"), "utf8"));

      assert.match(stdout, /^::warning file=infra\/index\.ts,line=2,title=broadened::/m);
      assert.equal(sarif.runs[0].results[0].locations[0].physicalLocation.artifactLocation.uri, "infra/index.ts");
    }
  });

  it("are relative to the program outside a repository", async () => {
    const folder = temporaryFolder();
    const files = [CRM, GROWN].map((client, index) => {
      const file = `${index}.json`;
      repository.write(path.relative(repository.folder, path.join(folder, file)), lockText(manifestOf([client])));
      return file;
    });

    const { code, stdout } = await runReview(folder, ["diff", ...files, "--format", "annotations"]);

    assert.equal(code, 1);
    assert.match(stdout, /^::warning file=index\.ts,line=2,title=broadened::/m);
  });
});
