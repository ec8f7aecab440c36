import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { lockText } from "../../../review/src/lock/lock-file";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { manifestOf } from "../../support/review/manifests";
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

  it("loads no server and no client of a backend before a command needs them", () => {
    const script = 'require("./cli/command-line.js"); console.log(Object.keys(require.cache).join("\\n"))';

    const loaded = execFileSync(process.execPath, ["-e", script], { cwd: path.dirname(MAIN), encoding: "utf8" });

    assert.match(loaded, /node_modules\/commander\//);
    assert.doesNotMatch(loaded, /node_modules\/(?:@grpc|axios)\//);
  });

  for (const { where, codes } of [
    { where: "/dev/full", codes: { nothing: 3, denied: 2 } },
    { where: "a pipe that is closed", codes: { nothing: 0, denied: 2 } },
  ]) {
    it(`exits with ${codes.denied} for a denied change, also when it cannot write to ${where}`, () => {
      const folder = temporaryFolder();
      const file = (name: string, text: string) => {
        writeFileSync(path.join(folder, name), text);
        return path.join(folder, name);
      };
      const base = file("base.json", lockText(manifestOf([{ resource: "crm", permissions: [] }])));
      const head = file("head.json", lockText(manifestOf([{ resource: "crm", permissions: ["export:segment"] }])));
      const rules = file("rules.yaml", "version: 1\ndefaults: { broadened: deny }\n");
      const shell = where === "/dev/full" ? '"$@" > /dev/full' : '{ "$@"; echo $? > code; } | true; exit "$(cat code)"';

      for (const [to, code] of [
        [head, codes.denied],
        [base, codes.nothing],
      ] as const) {
        const args = [process.execPath, MAIN, "diff", base, to, "--rules", rules];
        const { status, stderr } = spawnSync("bash", ["-c", shell, "bash", ...args], { cwd: folder, encoding: "utf8" });

        assert.equal(status, code, stderr);
        assert.equal(stderr, where === "/dev/full" ? "the output cannot be written (ENOSPC)\n" : "");
      }
    });
  }

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
