import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { DotenvFile } from "../../../environments/src/delivery/dotenv-file";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const VARIABLES = { CRM_ID: "clientId", CRM_SECRET: "clientSecret" } as const;
const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b", project: "acme" };

describe("a dotenv file as a destination", () => {
  let folder: string;
  beforeEach(() => {
    folder = temporaryFolder();
  });
  after(removeTemporaryFolders);

  const fileOf = (file = ".env") => new DotenvFile({ folder, file, variables: VARIABLES });
  const textOf = (file = ".env") => readFileSync(path.join(folder, file), "utf8");

  it("is made for its owner alone, with the variables of the delivery", async () => {
    await fileOf().deliver(VALUES);

    assert.equal(textOf(), "CRM_ID=xpc_a\nCRM_SECRET=xpcs_b\n");
    assert.equal(statSync(path.join(folder, ".env")).mode & 0o777, 0o600);
    assert.deepEqual(readdirSync(folder), [".env"]);
  });

  it("takes the rights of others away from a file that is there", async () => {
    writeFileSync(path.join(folder, ".env"), "A=1\n", { mode: 0o644 });

    await fileOf().deliver(VALUES);

    assert.equal(textOf(), "A=1\nCRM_ID=xpc_a\nCRM_SECRET=xpcs_b\n");
    assert.equal(statSync(path.join(folder, ".env")).mode & 0o777, 0o600);
  });

  it("is missing, current or stale", async () => {
    const missing = await fileOf().check(VALUES);
    await fileOf().deliver(VALUES);
    const current = await fileOf().check(VALUES);
    const stale = await fileOf().check({ ...VALUES, clientSecret: "xpcs_c" });

    assert.deepEqual([missing, current, stale, await fileOf().check(null)], ["missing", "current", "stale", "unknown"]);
  });

  it("that is not there, or whose folder is not, has nothing to remove", async () => {
    writeFileSync(path.join(folder, "file"), "");
    for (const file of ["out/.env", "file/.env", ".env"]) {
      assert.equal(await fileOf(file).check(null, true), "unknown");
      await fileOf(file).remove();
    }
    await assert.rejects(fileOf("out/.env").check(null), { message: /is not a writable folder/, exitCode: 2 });
    symlinkSync("elsewhere", path.join(folder, "link"));
    await assert.rejects(fileOf("link").check(null, true), { message: /is a symbolic link/, exitCode: 2 });
    assert.deepEqual(readdirSync(folder), ["file", "link"]);
  });

  it("loses the variables alone, and goes when nothing else is in it", async () => {
    writeFileSync(path.join(folder, ".env"), "A=1\n");
    await fileOf().deliver(VALUES);
    await fileOf().remove();
    await fileOf("b.env").deliver(VALUES);
    await fileOf("b.env").remove();
    await fileOf("b.env").remove();

    assert.equal(textOf(), "A=1\n");
    assert.equal(existsSync(path.join(folder, "b.env")), false);
  });

  it("leaves nothing of a run that died while it was writing, and keeps what a run is writing now", async () => {
    const old = path.join(folder, `.env.${randomUUID()}.tmp`);
    const young = path.join(folder, `.env.${randomUUID()}.tmp`);
    for (const file of [old, young]) writeFileSync(file, "CRM_SECRET=xpcs_b\n");
    utimesSync(old, new Date(0), new Date(0));

    await fileOf().deliver(VALUES);

    assert.deepEqual([existsSync(old), existsSync(young)], [false, true]);
  });

  it("is refused where it cannot be written, before anything is changed", async () => {
    mkdirSync(path.join(folder, "folder"));
    writeFileSync(path.join(folder, "real"), "A=1\n");
    symlinkSync("real", path.join(folder, "link"));

    await assert.rejects(fileOf("folder").check(null), {
      message: '"folder" is not a file; name another file',
      exitCode: 2,
    });
    await assert.rejects(fileOf("link").check(null), {
      message: '"link" is a symbolic link, and a delivery would replace it; name another file',
    });
    await assert.rejects(fileOf("none/.env").check(null), {
      message: `"none/.env" cannot be written: "${folder}/none" is not a writable folder (ENOENT)`,
    });
    assert.equal(textOf("real"), "A=1\n");
  });
});
