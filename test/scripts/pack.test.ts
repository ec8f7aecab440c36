import assert from "node:assert/strict";
import { readdirSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { startScript } from "../support/process/script-process";
import { filesOf, unpack } from "../support/process/tarball";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

describe("npm run pack", function () {
  this.timeout(180_000);
  let folder: string;
  let output: string;

  before(async () => {
    folder = temporaryFolder();
    const pack = startScript("scripts/pack.ts", [folder]);
    assert.equal(await pack.ended, 0, pack.output());
    output = pack.output();
  });

  after(removeTemporaryFolders);

  it("writes six packages that publint and attw accept, and prints how to install them", () => {
    const files = readdirSync(folder).sort();

    assert.deepEqual(files, [
      "pulumi-xtremepush-0.1.0.tgz",
      "xtremepush-access-0.1.0.tgz",
      "xtremepush-access-backend-0.1.0.tgz",
      "xtremepush-access-environments-0.1.0.tgz",
      "xtremepush-access-gateway-0.1.0.tgz",
      "xtremepush-access-review-0.1.0.tgz",
    ]);
    for (const file of files) assert.ok(output.includes(path.join(folder, file)));
    assert.ok(output.includes(`npm install ${folder}/*.tgz @pulumi/pulumi@3.259.0`));
  });

  it("packs what runs, its sources, README and LICENSE, and nothing else", async () => {
    for (const file of readdirSync(folder)) {
      const files = await filesOf(path.join(folder, file));

      const others = files.filter((name) => !/^(dist|src)\//.test(name));
      const schemas: Readonly<Record<string, string>> = {
        environments: "access-env.schema.json",
        review: "access-review.schema.json",
        gateway: "gateway.schema.json",
      };
      const [, room = ""] = /-(\w+)-\d/.exec(file) ?? [];
      const expected = ["LICENSE", "README.md", ...[schemas[room] ?? []].flat()];
      assert.deepEqual(others.sort(), [...expected, "package.json"].sort(), file);
      assert.ok(files.includes("dist/index.js") && files.includes("src/index.ts"), file);
    }
  });

  it("packs a command that names Node.js in its first line, and runs", async () => {
    const unpacked = await unpack(path.join(folder, "xtremepush-access-backend-0.1.0.tgz"));
    const command = path.join(unpacked, "dist/main.js");

    const { code, stdout } = await runCommand(process.execPath, [command, "--version"]);

    assert.equal(readFileSync(command, "utf8").split("\n", 1)[0], "#!/usr/bin/env node");
    assert.deepEqual({ code, stdout }, { code: 0, stdout: "0.1.0" });
    rmSync(unpacked, { recursive: true });
  });

  it("says where it got stuck", async () => {
    const pack = startScript("scripts/pack.ts", ["/dev/null/packages"]);

    const code = await pack.ended;

    assert.equal(code, 1);
    assert.match(pack.output(), /\/dev\/null\/packages/);
  });
});
