import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeFolder } from "../../../backend/src/database/folder-mode";
import { openDatabase } from "../../../backend/src/database/open";
import { runCommand } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

/** Nothing is forbidden to root. */
const IS_ROOT = process.getuid?.() === 0;
const NOBODY = "65534";
const AS_NOBODY = ["setpriv", `--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];

describe("the files of an embedded database", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  const modesOf = (folder: string): ReadonlySet<string> => {
    const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
    const modes = entries.map((entry) => {
      const mode = statSync(join(entry.parentPath, entry.name)).mode & 0o777;
      return `${entry.isDirectory() ? "folder" : "file"} ${mode.toString(8)}`;
    });
    return new Set([`folder ${(statSync(folder).mode & 0o777).toString(8)}`, ...modes]);
  };

  it("are readable by their user only, also those that are created later and after the next start", async () => {
    const folder = join(temporaryFolder(), "database");
    const expected = new Set(["folder 700", "file 600"]);

    const database = await openDatabase({ folder });
    await database.db.schema.createTable("later").addColumn("id", "integer").execute();
    const running = modesOf(folder);
    await database.close();
    const closed = modesOf(folder);

    assert.deepEqual(running, expected);
    assert.deepEqual(closed, expected);
  });

  it("become so when an earlier version left them readable", () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "base"), { mode: 0o755 });
    writeFileSync(join(folder, "base", "1"), "", { mode: 0o644 });
    chmodSync(folder, 0o755);

    closeFolder(folder);

    assert.deepEqual(modesOf(folder), new Set(["folder 700", "file 600"]));
  });

  it("are named by a start that may not use one of them", async () => {
    const cwd = await folderWithDatabase();
    const control = join(cwd, ".xtremepush-access/database/global/pg_control");
    chmodSync(control, 0);
    if (IS_ROOT) execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, cwd]);

    const { code, stderr } = await runCommand(["start", "--port", "0"], { cwd, wrap: IS_ROOT ? AS_NOBODY : [] });

    assert.equal(code, 1);
    assert.equal(
      stderr,
      `The file ${control} cannot be read or written: let the backend's user read and write it (EACCES).\n`,
    );
  });
});
