import assert from "node:assert/strict";
import fs, { chmodSync, mkdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { prepareDataFolder } from "../../../backend/src/process/data-folder";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("prepareDataFolder", () => {
  afterEach(removeTemporaryFolders);

  it("makes a folder for its user only, hidden from git", () => {
    const folder = join(temporaryFolder(), "data");

    prepareDataFolder(folder);

    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.match(readFileSync(join(folder, ".gitignore"), "utf8"), /^\*$/m);
  });

  it("closes its own folder when others could read it", () => {
    const folder = join(temporaryFolder(), "data");
    prepareDataFolder(folder);
    chmodSync(folder, 0o755);

    prepareDataFolder(folder);

    assert.equal(statSync(folder).mode & 0o777, 0o700);
  });

  it("refuses a symbolic link, also one written with a slash at the end", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "real"));
    symlinkSync(join(folder, "real"), join(folder, "link"));

    assert.throws(() => prepareDataFolder(join(folder, "link")), { message: /is a symbolic link/ });
  });

  it("leaves a folder with other files alone", () => {
    const folder = temporaryFolder();
    chmodSync(folder, 0o755);
    writeFileSync(join(folder, "thesis.txt"), "");

    assert.throws(() => prepareDataFolder(folder), { message: /holds files of something else/ });

    assert.equal(statSync(folder).mode & 0o777, 0o755);
  });

  it("continues after a start that was killed while it wrote the mark", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, ".gitignore"), "");

    prepareDataFolder(folder);

    assert.match(readFileSync(join(folder, ".gitignore"), "utf8"), /^\*$/m);
  });

  it("says what to do when a file is where the folder should be", () => {
    const path = join(temporaryFolder(), "file");
    writeFileSync(path, "");

    assert.throws(() => prepareDataFolder(path), {
      message: /cannot be used \(EEXIST\): choose another with --data-dir/,
    });
  });

  it("says to free space on a full disk", () => {
    const folder = join(temporaryFolder(), "data");
    const { writeFileSync } = fs;
    fs.writeFileSync = (_path, ...rest) => writeFileSync("/dev/full", ...rest);

    try {
      assert.throws(() => prepareDataFolder(folder), {
        message: `The folder ${folder} cannot be used (ENOSPC): free some space on its disk.`,
      });
    } finally {
      fs.writeFileSync = writeFileSync;
    }
  });
});
