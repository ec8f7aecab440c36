import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { request, type ServerResponse } from "node:http";
import path from "node:path";
import { text as textOf } from "node:stream/consumers";
import { runCommand } from "../../scripts/pulumi-cli/run-command";
import { startTestBackend } from "../support/backend/backend";
import { makeGrantedClient } from "../support/backend/oauth";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { startGatewayProcess } from "../support/gateway/gateway-process";
import { APP_TOKEN } from "../support/gateway/running-gateway";
import { freePort } from "../support/process/free-port";
import { plainEnvironment } from "../support/process/plain-environment";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const MAIN = path.resolve(__dirname, "../../gateway/dist/main.js");
const YAML = `version: 1
listen: { port: 0 }
backend: { endpoint: http://127.0.0.1:9, token: { variable: XTREMEPUSH_TOKEN } }
projects: { acme: { upstream: https://external-api.xtremepush.com, appToken: { variable: ACME_APP_TOKEN } } }
`;

const secrets = { XTREMEPUSH_TOKEN: `xpat_${"a".repeat(49)}`, ACME_APP_TOKEN: "apptoken-0123456789" };

function isRefused(address: string): Promise<boolean> {
  return fetch(address).then(
    () => false,
    ({ cause }) => cause.code === "ECONNREFUSED",
  );
}

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

  it("goes on where its log is on a full disk, says so once, and stops with 0", async () => {
    const port = await freePort();
    const cwd = folderWith(YAML.replace("port: 0", `port: ${port}`));
    const full = ["-c", 'exec "$@" > /dev/full', "sh", process.execPath, MAIN, "start"];
    const started = spawn("sh", full, { cwd, env: plainEnvironment(secrets), stdio: ["ignore", "pipe", "pipe"] });
    const errors = textOf(started.stderr);
    await until(async () => !(await isRefused(`http://127.0.0.1:${port}/healthz`)), 20_000);

    const { status } = await fetch(`http://127.0.0.1:${port}/healthz`);
    started.kill("SIGTERM");
    const [code] = await once(started, "exit");

    assert.deepEqual([status, code], [200, 0]);
    assert.equal(
      await errors,
      "xtremepush-access-gateway: the log cannot be written (ENOSPC), so its lines are lost until it can.\n",
    );
  });

  it("stops with 0 on a signal, also when the reader of its log has gone before", async () => {
    const started = spawn(process.execPath, [MAIN, "start"], { cwd: folderWith(YAML), env: plainEnvironment(secrets) });
    let output = "";
    started.stdout.on("data", (text) => {
      output += String(text);
    });
    // It has nothing more to say until it stops.
    await until(() => output.includes('"listening"') && output.includes("the backend does not work"), 20_000);
    started.stdout.destroy();
    await once(started.stdout, "close");

    started.kill("SIGTERM");

    assert.deepEqual(await once(started, "exit"), [0, null]);
  });

  it("answers the calls under way and stops, with 1, when nobody reads its log any more", async () => {
    const backend = await startTestBackend();
    const upstream = await ExternalApiStandIn.start(APP_TOKEN);
    const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
    const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: secret });
    const yaml = `version: 1
listen: { port: 0 }
decide: { port: 0 }
backend: { endpoint: "${backend.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }
projects: { retail: { upstream: "${upstream.endpoint}", appToken: { variable: APP_TOKEN } } }
`;
    const actor = await backend.makeActor("gateway", ["retail"]);
    const { child, endpoint, close } = await startGatewayProcess(yaml, { XTREMEPUSH_TOKEN: actor, APP_TOKEN });
    const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    const call = async (name: string) => {
      // A connection of its own, which ends with its answer.
      const sent = request(`${endpoint}/api/external/${name}`, { method: "POST", headers, agent: false });
      sent.end("{}");
      const [answer] = await once(sent, "response");
      return { status: answer.statusCode, text: await textOf(answer) };
    };
    await until(async () => (await call("list/profile")).status === 200);
    const held = Promise.withResolvers<ServerResponse>();
    upstream.answerWith((_request, response) => held.resolve(response));
    const ended = once(child, "exit");

    const answer = call("list/profile").then(({ text }) => text, String);
    const response = await held.promise;
    child.stdout?.destroy();
    // It is logged that no permission is known for the path.
    await call("made/up").catch(() => undefined);
    await until(() => isRefused(endpoint));
    response.end('{"late":true}');

    assert.deepEqual([await answer, (await ended)[0]], ['{"late":true}', 1]);
    await close();
    await upstream.close();
    await backend.close();
  });
});
