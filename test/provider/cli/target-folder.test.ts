import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { assertFree, writeFolder } from "../../../provider/src/cli/target-folder";
import { mountedFolder, removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const FILES = [
  ["index.ts", "export {};\n"],
  ["Pulumi.yaml", "name: x\n"],
] as const;

describe("the folder of an export", () => {
  afterEach(removeTemporaryFolders);

  it("is made with its parents", async () => {
    const under = temporaryFolder();
    const folder = path.join(under, "a/b/access");

    await writeFolder(`${folder}/`, FILES);

    assert.deepEqual(readdirSync(folder).sort(), ["Pulumi.yaml", "index.ts"]);
    assert.equal(readFileSync(path.join(folder, "index.ts"), "utf8"), "export {};\n");
    assert.deepEqual(readdirSync(path.dirname(folder)), ["access"]);
  });

  it("may be there when it is empty, and stays the same folder", async () => {
    const under = temporaryFolder();
    const folder = path.join(under, "access");
    mkdirSync(folder);
    const { ino } = statSync(folder);

    await writeFolder(folder, FILES);

    assert.equal(statSync(folder).ino, ino);
    assert.deepEqual(readdirSync(folder).sort(), ["Pulumi.yaml", "index.ts"]);
    assert.deepEqual(readdirSync(under), ["access"]);
  });

  it("may be a link to an empty folder", async () => {
    const under = temporaryFolder();
    mkdirSync(path.join(under, "real"));
    symlinkSync(path.join(under, "real"), path.join(under, "access"));

    await writeFolder(path.join(under, "access"), FILES);

    assert.deepEqual(readdirSync(path.join(under, "real")).sort(), ["Pulumi.yaml", "index.ts"]);
  });

  it("may be a mount of its own", async () => {
    const under = temporaryFolder();
    const mounted = mountedFolder();
    symlinkSync(mounted, path.join(under, "access"));

    await writeFolder(path.join(under, "access"), FILES);

    assert.deepEqual(readdirSync(mounted).sort(), ["Pulumi.yaml", "index.ts"]);
    assert.deepEqual(readdirSync(under), ["access"]);
  });

  it("is empty again when a file cannot be moved into it", async () => {
    const folder = temporaryFolder();

    const written = writeFolder(folder, [...FILES, ["index.ts", "twice"]]);

    await assert.rejects(written, { message: `${folder} cannot be written (ENOENT): give another folder with --out.` });
    assert.deepEqual(readdirSync(folder), []);
  });

  it("is refused when it holds anything, and left as it is", async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, ".hidden"), "mine");
    const refusal = { message: `${folder} is not empty: give a new or empty folder with --out.` };

    await assert.rejects(assertFree(folder), refusal);
    await assert.rejects(writeFolder(folder, FILES), refusal);

    assert.deepEqual(readdirSync(folder), [".hidden"]);
    assert.equal(readdirSync(path.dirname(folder)).filter((name) => name.endsWith(".partial")).length, 0);
  });

  it("is refused when it is a file or is inside one", async () => {
    const file = path.join(temporaryFolder(), "access");
    writeFileSync(file, "mine");

    await assert.rejects(assertFree(file), {
      message: `${file} is a file or is inside one: give a new or empty folder with --out.`,
    });
    await assert.rejects(assertFree(path.join(file, "below")), /is a file or is inside one/);
  });

  it("is not begun when a file cannot be written", async () => {
    const under = temporaryFolder();
    const folder = path.join(under, "access");

    const written = writeFolder(folder, [...FILES, ["no/such/folder", ""]]);

    await assert.rejects(written, { message: `${folder} cannot be written (ENOENT): give another folder with --out.` });
    assert.deepEqual(readdirSync(under), []);
  });

  it("reports in a sentence that the name is longer than the system allows", async () => {
    const folder = path.join(temporaryFolder(), "x".repeat(300));

    await assert.rejects(assertFree(folder), /cannot be written \(ENAMETOOLONG\): give another folder with --out\.$/);
  });

  it("can be read by those who may read other new folders", async () => {
    const folder = path.join(temporaryFolder(), "access");
    const usual = path.join(temporaryFolder(), "usual");
    mkdirSync(usual);

    await writeFolder(folder, FILES);

    assert.equal(statSync(folder).mode, statSync(usual).mode);
  });
});
