import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { runReview } from "../../support/review/review-repository";

const MAIN = path.resolve(__dirname, "../../../review/dist/main.js");

describe("the command line, on an unexpected failure", function () {
  this.timeout(30_000);

  after(removeTemporaryFolders);

  it("exits with 3 when it cannot load a part of itself", () => {
    const folder = temporaryFolder();
    copyFileSync(MAIN, path.join(folder, "main.js"));

    const { status, stderr } = spawnSync(process.execPath, [path.join(folder, "main.js"), "schema"], {
      encoding: "utf8",
    });

    assert.equal(status, 3, stderr);
    assert.match(stderr, /^xtremepush-access-review cannot be loaded: /);
  });

  it("exits with 3 and prints no workflow command of a stranger", async () => {
    const folder = temporaryFolder();
    const lock = path.join(folder, "access");
    mkdirSync(lock, { recursive: true });
    writeFileSync(path.join(folder, "Pulumi.yaml"), "name: access\nruntime: nodejs\n");
    const name = "a\n::error::\u001b[31mall is well.json";
    // A link to itself cannot be read.
    symlinkSync(name, path.join(lock, name));

    const { code, stderr } = await runReview(folder, ["check"]);

    assert.equal(code, 3);
    assert.doesNotMatch(stderr, /^\s*::/m);
    assert.ok(!stderr.includes("\u001b"));
    assert.match(stderr, /^Error: ELOOP.*\n {4}at /);
  });
});
