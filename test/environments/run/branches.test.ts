import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readBranches } from "../../../environments/src/run/branches";

describe("the branches that exist", function () {
  this.timeout(30_000);
  const folder = mkdtempSync(path.join(tmpdir(), "access-env-branches-"));
  const git = (where: string, ...args: string[]) =>
    execFileSync("git", ["-c", "user.name=ana", "-c", "user.email=ana@acme.example", ...args], {
      cwd: path.join(folder, where),
      stdio: "ignore",
    });
  after(() => rmSync(folder, { recursive: true }));

  it("are those of origin, also on a branch that follows a branch of this folder", async () => {
    git(".", "init", "--initial-branch", "main", "origin");
    git("origin", "commit", "--allow-empty", "--message", "first");
    git("origin", "branch", "feature/a");
    git(".", "clone", "origin", "clone");
    git("clone", "checkout", "-b", "local", "--track", "main");

    const branches = await readBranches(path.join(folder, "clone"), true);

    assert.deepEqual(branches.sort(), ["feature/a", "main"]);
  });

  it("are not guessed where there is no origin, and no empty list is taken", async () => {
    git(".", "init", "alone");
    writeFileSync(path.join(folder, "empty"), "\n");

    await assert.rejects(readBranches(path.join(folder, "alone"), true), /cannot be listed: .*name a file of branches/);
    await assert.rejects(readBranches(folder, path.join(folder, "empty")), /names no branch/);
    await assert.rejects(readBranches(folder, path.join(folder, "missing")), /cannot be read/);
  });

  it("are the lines of a file", async () => {
    writeFileSync(path.join(folder, "names"), "main\nfeature/b\n");

    assert.deepEqual(await readBranches(folder, path.join(folder, "names")), ["main", "feature/b"]);
  });
});
