import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { plainEnvironment } from "../support/process/plain-environment";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const MAIN = path.resolve(__dirname, "../../gateway/dist/main.js");
const YAML = `version: 1
listen: { port: 0 }
backend: { endpoint: http://127.0.0.1:9, token: { variable: XTREMEPUSH_TOKEN } }
projects: { acme: { upstream: https://external-api.xtremepush.com, appToken: { variable: ACME_APP_TOKEN } } }
`;

describe("the command line of the gateway", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  function folderWith(text: string): string {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "gateway.yaml"), text);
    return folder;
  }
  const run = (folder: string, ...args: string[]) =>
    runCommand(process.execPath, [MAIN, ...args], { cwd: folder, env: plainEnvironment({}) });

  it("checks a file, and names the place of what is wrong with 2", async () => {
    const good = await run(folderWith(YAML), "check");
    const bad = await run(folderWith(YAML.replace("https://external", "http://external")), "check");
    const none = await run(temporaryFolder(), "check");

    assert.deepEqual([good.code, good.stdout.trim()], [0, "gateway.yaml is valid: 1 project."]);
    assert.equal(bad.code, 2);
    assert.match(bad.stderr, /^gateway\.yaml:4:\d+: projects\.acme\.upstream: must be https:/);
    assert.equal(none.code, 2);
  });

  it("refuses to start without its secrets, with 2", async () => {
    const { code, stderr } = await run(folderWith(YAML), "start");

    assert.deepEqual([code, stderr.trim()], [2, "backend.token: the variable XTREMEPUSH_TOKEN is not set"]);
  });

  it("starts without its backend, says that it cannot decide, and stops on a signal", async () => {
    const secrets = { XTREMEPUSH_TOKEN: `xpat_${"a".repeat(49)}`, ACME_APP_TOKEN: "apptoken-0123456789" };
    const started = spawn(process.execPath, [MAIN, "start"], { cwd: folderWith(YAML), env: plainEnvironment(secrets) });
    let output = "";
    for (const stream of [started.stdout, started.stderr]) {
      stream.on("data", (text) => {
        output += String(text);
      });
    }
    await until(() => output.includes('"listening"'), 20_000);
    const [, endpoint = ""] = /"endpoint":"(http:[^"]+)"/.exec(output) ?? [];

    const { status } = await fetch(`${endpoint}/readyz`);
    started.kill("SIGTERM");
    const [code] = await once(started, "exit");

    assert.deepEqual([status, code], [503, 0]);
    for (const secret of Object.values(secrets)) assert.ok(!output.includes(secret));
  });
});
