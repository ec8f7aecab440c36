import assert from "node:assert/strict";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { runReview } from "../../support/review/review-repository";
import { plainProgram, reviewedProgram } from "../../support/review/reviewed-program";

describe("a program that does not end", function () {
  this.timeout(60_000);

  after(removeTemporaryFolders);

  for (const command of [
    ["manifest", "--stack", "dev"],
    ["lock", "--stack", "dev"],
    ["check", "--stack", "dev"],
    ["diff", "base.json", "program", "--stack", "dev"],
  ]) {
    it(`is ended by the --timeout that the message names: ${command[0]}`, async () => {
      const program = reviewedProgram({ "index.js": plainProgram() });
      const { stdout } = program.manifest(["--stack", "dev"]);
      const endless = reviewedProgram({
        "index.js": plainProgram("setInterval(() => {}, 1_000);"),
        "base.json": stdout,
        "access/programs.dev.json": stdout,
      });

      const { code, stderr } = await runReview(endless.folder, [...command, "--timeout", "3"]);

      assert.equal(code, 3, stderr);
      assert.match(stderr, /did not end within 3 seconds; find what keeps it running, or raise --timeout$/m);
    });
  }
});
