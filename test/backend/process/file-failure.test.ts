import assert from "node:assert/strict";
import fs, { mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { prepareDataFolder } from "../../../backend/src/process/data-folder";
import { fileFailure, writePrivately } from "../../../backend/src/process/file-failure";
import { readSettings } from "../../../backend/src/process/settings";
import { startBackend } from "../../../backend/src/process/start";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("a file of the data folder that cannot be used", function () {
  this.timeout(60_000);
  afterEach(removeTemporaryFolders);

  const SENTENCES = [
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

  it("is a sentence with the file for a write that finds no space", () => {
    assert.throws(
      () => writePrivately("/dev/full", "content"),
      (error) => {
        const failure = fileFailure(error);
        assert.ok(failure instanceof Error);
        assert.equal(failure.name, "StartFailure");
        assert.equal(
          failure.message,
          "The file /dev/full cannot be read or written: free some space on its disk (ENOSPC).",
        );
        return true;
      },
    );
  });

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

  it("ends a start on a full disk with that sentence", async () => {
    const dataDir = join(temporaryFolder(), "data");
    prepareDataFolder(dataDir);
    symlinkSync("/dev/full", join(dataDir, "admin-token.new"));

    await assert.rejects(startBackend(readSettings({ dataDir, port: "0" }, {}), { level: "silent" }), {
      name: "StartFailure",
      message: `The file ${dataDir}/admin-token.new cannot be read or written: free some space on its disk (ENOSPC).`,
    });
  });

  it("ends a start whose lock finds no space with that sentence, and leaves no draft", async () => {
    const dataDir = join(temporaryFolder(), "data");
    prepareDataFolder(dataDir);
    const { writeFileSync } = fs;
    fs.writeFileSync = (_path, ...rest) => writeFileSync("/dev/full", ...rest);

    try {
      await assert.rejects(startBackend(readSettings({ dataDir, port: "0" }, {}), { level: "silent" }), {
        name: "StartFailure",
        message:
          /^The file \/\S+\/lock-draft\.\S+ cannot be read or written: free some space on its disk \(ENOSPC\)\.$/,
      });
    } finally {
      fs.writeFileSync = writeFileSync;
    }

    assert.deepEqual(readdirSync(dataDir), [".gitignore"]);
  });
});
