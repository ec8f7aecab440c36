import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { prepareDataFolder } from "../../../backend/src/process/data-folder";
import { fileFailure } from "../../../backend/src/process/file-failure";
import { readSettings } from "../../../backend/src/process/settings";
import { startBackend } from "../../../backend/src/process/start";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("a file of the data folder that cannot be used", function () {
  this.timeout(60_000);
  afterEach(removeTemporaryFolders);

  const SENTENCES = [
    ["ENOSPC", "free some space on its disk"],
    ["EACCES", "let the backend's user read and write it"],
    ["EROFS", "its file system is read-only; choose another folder with --data-dir"],
    ["EMFILE", "too many files are open; raise the limit with ulimit -n"],
  ] as const;
  for (const [code, advice] of SENTENCES) {
    it(`is a sentence for ${code}`, () => {
      const failed = Object.assign(new Error("open"), { code, path: "/data/lock.1" });

      const failure = fileFailure(failed);

      assert.ok(failure instanceof Error);
      assert.equal(failure.name, "StartFailure");
      assert.equal(failure.message, `The file /data/lock.1 cannot be read or written: ${advice} (${code}).`);
    });
  }

  it("leaves other errors as they are", () => {
    const bug = new TypeError("undefined is not a function");
    const socket = Object.assign(new Error("listen"), { code: "EACCES", syscall: "listen" });

    assert.equal(fileFailure(bug), bug);
    assert.equal(fileFailure(socket), socket);
  });

  it("ends a start with that sentence", async () => {
    const dataDir = join(temporaryFolder(), "data");
    prepareDataFolder(dataDir);
    mkdirSync(join(dataDir, "admin-token.new"));

    await assert.rejects(startBackend(readSettings({ dataDir, port: "0" }, {}), { level: "silent" }), {
      name: "StartFailure",
      message: `The file ${dataDir}/admin-token.new cannot be read or written: it is a folder; remove it (EISDIR).`,
    });
  });
});
