import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import type { ServerResponse } from "node:http";
import { type AddressInfo, createServer as createTcpServer } from "node:net";
import { join } from "node:path";
import { AccessClient } from "xtremepush-access";
import { findGateway, localHost } from "../../../backend/src/process/gateway-command";
import { readSettings } from "../../../backend/src/process/settings";
import { processTable } from "../../../scripts/processes";
import {
  type BackendProcess,
  killBackendProcesses,
  runCommand,
  startBackendProcess,
} from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { makeGrantedClient } from "../../support/backend/oauth";
import { ExternalApiStandIn } from "../../support/gateway/external-api";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

const APP_TOKEN = "apptoken-0123456789";
const env = { ACME_APP_TOKEN: APP_TOKEN };

function writeGatewayFile(cwd: string, upstream: string, more = ""): void {
  const project = `retail: { upstream: "${upstream}", appToken: { variable: ACME_APP_TOKEN } }`;
  writeFileSync(join(cwd, "gateway.yaml"), `version: 1\nprojects:\n  ${project}\n${more}`);
}

function gatewayOf(backend: BackendProcess): string {
  const [, inJson, inText] = /"gatewayEndpoint":"([^"]+)"|^ {2}gateway +(\S+)$/m.exec(backend.log()) ?? [];
  return inJson ?? inText ?? assert.fail(backend.log());
}

function adminOf(backend: BackendProcess, cwd: string) {
  const adminToken = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
  return { endpoint: backend.endpoint, adminToken };
}

function call(gateway: string, path: string, token: string): Promise<Response> {
  const headers = { authorization: `Bearer ${token}`, "content-type": "application/json" };
  return fetch(`${gateway}/api/external/${path}`, { method: "POST", headers, body: "{}" });
}

/** The gateways that a backend has started, by the address that they were given. */
async function gatewaysOf({ endpoint }: BackendProcess) {
  return (await processTable()).filter(({ command }) => command.includes(`--backend=${endpoint}`));
}

function isRefused(address: string): Promise<boolean> {
  return fetch(address).then(
    () => false,
    ({ cause }) => cause.code === "ECONNREFUSED",
  );
}

describe("start --gateway", function () {
  this.timeout(90_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("lets through what the live grant allows, and keeps its token to itself", async () => {
    const cwd = await folderWithDatabase();
    const upstream = await ExternalApiStandIn.start(APP_TOKEN);
    writeGatewayFile(cwd, upstream.endpoint);
    const backend = await startBackendProcess(["--gateway", "--gateway-port", "0"], { cwd, env });
    const gateway = gatewayOf(backend);
    const { access, id, secret } = await makeGrantedClient(adminOf(backend, cwd), ["list:profile", "info:task"]);
    const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: secret });

    await until(async () => (await call(gateway, "list/profile", token)).status === 200, 20_000);
    const denied = await call(gateway, "import/profile", token);
    const [running] = await gatewaysOf(backend);
    const code = await backend.stop("SIGTERM");

    assert.deepEqual([denied.status, upstream.last.path, code], [403, "/api/external/list/profile", 0]);
    assert.ok(upstream.last.body.includes(APP_TOKEN));
    assert.match(gateway, /^http:\/\/127\.0\.0\.1:/);
    assert.match(backend.log(), /"msg":"gateway: stopping on SIGTERM"/);
    assert.deepEqual([await isRefused(gateway), await gatewaysOf(backend)], [true, []]);
    for (const text of [backend.log(), backend.errors(), running?.command ?? assert.fail()]) {
      assert.ok(!text.includes(APP_TOKEN));
      assert.doesNotMatch(text, /xpat_/);
    }
    // Nothing but the admin's token is a file.
    const files = readdirSync(cwd, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    const holding = files.filter(({ parentPath, name }) =>
      /xpat_\w{49}/.test(readFileSync(join(parentPath, name), "latin1")),
    );
    assert.deepEqual(
      holding.map(({ name }) => name),
      ["admin-token"],
    );
    await upstream.close();
  });

  it("uses one actor at each start, whose token ends with it", async () => {
    const cwd = await folderWithDatabase();
    writeGatewayFile(cwd, "https://external-api.xtremepush.com");
    const actors: string[][] = [];
    for (let start = 0; start < 2; start += 1) {
      const backend = await startBackendProcess(["--gateway", "--gateway-port", "0"], { cwd, env });
      const { endpoint, adminToken: token } = adminOf(backend, cwd);
      const { items } = await new AccessClient({ endpoint, token }).actors.list();
      actors.push(items.map(({ name, role, expiresTime }) => `${name}, ${role}, ${expiresTime}`));
      await backend.stop("SIGTERM");
    }
    const alone = await startBackendProcess([], { cwd });
    const { endpoint, adminToken: token } = adminOf(alone, cwd);
    const admin = new AccessClient({ endpoint, token });
    const [, left] = (await admin.actors.list()).items;
    const trail = (await admin.audit.all({ limit: 100 })).items;

    const expected = ["admin, admin, null", "start --gateway, gateway, null"];
    assert.deepEqual(actors, [expected, expected]);
    assert.ok(left?.expiresTime != null && new Date(left.expiresTime) <= new Date());
    const ofGateway = trail.filter(({ actor }) => actor.name === "start --gateway").map(({ action }) => action);
    assert.deepEqual(ofGateway, ["actor.rotate", "actor.rotate", "actor.rotate", "actor.create"]);
    await alone.stop("SIGTERM");
  });

  it("finishes a call that is under way at a stop", async () => {
    const cwd = await folderWithDatabase();
    const upstream = await ExternalApiStandIn.start(APP_TOKEN);
    writeGatewayFile(cwd, upstream.endpoint);
    const backend = await startBackendProcess(["--gateway", "--gateway-port", "0"], { cwd, env });
    const gateway = gatewayOf(backend);
    const { access, id, secret } = await makeGrantedClient(adminOf(backend, cwd), ["list:profile"]);
    const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: secret });
    await until(async () => (await call(gateway, "list/profile", token)).status === 200, 20_000);
    const held = Promise.withResolvers<ServerResponse>();
    upstream.answerWith((_request, response) => held.resolve(response));

    const answer = call(gateway, "list/profile", token);
    const response = await held.promise;
    const ended = backend.stop("SIGTERM");
    await until(() => backend.log().includes("gateway: stopping"), 20_000);
    response.end('{"late":true}');

    assert.deepEqual([await (await answer).text(), await ended], ['{"late":true}', 0]);
    await upstream.close();
  });

  it("does not wait for a call that takes too long at a stop", async () => {
    const cwd = await folderWithDatabase();
    const upstream = await ExternalApiStandIn.start(APP_TOKEN);
    writeGatewayFile(cwd, upstream.endpoint);
    const backend = await startBackendProcess(["--gateway", "--gateway-port", "0"], { cwd, env });
    const gateway = gatewayOf(backend);
    const { access, id, secret } = await makeGrantedClient(adminOf(backend, cwd), ["list:profile"]);
    const { access_token: token } = await access.oauth.token({ clientId: id, clientSecret: secret });
    await until(async () => (await call(gateway, "list/profile", token)).status === 200, 20_000);
    const held = Promise.withResolvers<void>();
    upstream.answerWith(() => held.resolve());

    const answer = call(gateway, "list/profile", token).catch(() => "cut");
    await held.promise;

    assert.deepEqual([await backend.stop("SIGTERM"), await answer], [0, "cut"]);
    assert.deepEqual(await gatewaysOf(backend), []);
    await upstream.close();
  });

  it("ends as a whole when the gateway ends", async () => {
    const cwd = await folderWithDatabase();
    writeGatewayFile(cwd, "https://external-api.xtremepush.com");
    const backend = await startBackendProcess(["--gateway", "--gateway-port", "0"], { cwd, env });
    const [gateway] = await gatewaysOf(backend);

    process.kill(gateway?.pid ?? assert.fail("no gateway runs"), "SIGKILL");

    assert.equal(await backend.ended(), 1);
    assert.match(
      backend.log(),
      /"level":60,.*"msg":"the gateway has ended: it was ended by SIGKILL; the backend stops with it"/,
    );
  });

  it("leaves no gateway when the backend is killed", async () => {
    const cwd = await folderWithDatabase();
    writeGatewayFile(cwd, "https://external-api.xtremepush.com");
    // One that logs would end at its first line that nobody reads.
    const args = ["--gateway", "--gateway-port", "0", "--log-format", "text", "--log-level", "silent"];
    const backend = await startBackendProcess(args, { cwd, env });
    const gateway = gatewayOf(backend);

    await backend.stop("SIGKILL");

    await until(() => isRefused(gateway), 20_000);
    await until(async () => (await gatewaysOf(backend)).length === 0, 20_000);
  });

  it("can come from the environment, with another file", async () => {
    const cwd = await folderWithDatabase();
    writeFileSync(
      join(cwd, "other.yaml"),
      `version: 1
backend: { endpoint: https://access.example.com, token: { variable: NOT_SET } }
listen: { port: 0 }
projects: { retail: { upstream: https://external-api.xtremepush.com, appToken: { variable: ACME_APP_TOKEN } } }
`,
    );
    const variables = { XTREMEPUSH_ACCESS_GATEWAY: "true", XTREMEPUSH_ACCESS_GATEWAY_FILE: "other.yaml" };

    const backend = await startBackendProcess([], { cwd, env: { ...env, ...variables } });

    await until(async () => (await fetch(`${gatewayOf(backend)}/readyz`)).ok, 20_000);
    assert.equal(await backend.stop("SIGTERM"), 0);
  });

  it("tells what is wrong with the gateway, and leaves neither of them running", async () => {
    const taken = createTcpServer().listen(0, "127.0.0.1");
    await once(taken, "listening");
    const { port } = taken.address() as AddressInfo;
    const upstream = "https://external-api.xtremepush.com";
    const start = async (args: readonly string[], more: string, variables: Readonly<Record<string, string>>) => {
      const cwd = await folderWithDatabase();
      writeGatewayFile(cwd, upstream, more);
      const { code, stderr } = await runCommand(["start", "--port", "0", "--gateway", ...args], {
        cwd,
        env: variables,
      });
      return { code, error: stderr.trim() };
    };

    assert.deepEqual(await start([], "", {}), {
      code: 2,
      error: "The gateway did not start: projects.retail.appToken: the variable ACME_APP_TOKEN is not set",
    });
    assert.deepEqual(await start(["--gateway-port", String(port)], "", env), {
      code: 1,
      error: `The gateway did not start: port ${port} of 127.0.0.1 is in use: stop what uses it, or choose another port`,
    });
    const wrong = await start([], "limits: { dept: 3 }\n", env);
    assert.equal(wrong.code, 2);
    assert.match(wrong.error, /^The gateway did not start: gateway\.yaml:4:11: limits: .*dept/);
    taken.close();
  });

  it("is refused before anything starts without its file, its package, or an embedded database nearby", async () => {
    const cwd = temporaryFolder();
    const none = await runCommand(["start", "--gateway"], { cwd });
    const alone = await runCommand(["start", "--gateway-port", "8431"], { cwd });
    const server = await runCommand(["start", "--gateway"], {
      cwd,
      env: { DATABASE_URL: "postgresql://nobody@127.0.0.1:9/x" },
    });

    assert.deepEqual([none.code, alone.code, server.code], [2, 2, 2]);
    assert.match(
      none.stderr,
      /^--gateway needs gateway\.yaml, which is not there: .*--gateway-file.*\n {2}version: 1\n/,
    );
    assert.equal(alone.stderr, "--gateway-port needs --gateway\n");
    assert.match(
      server.stderr,
      /^--gateway is for trying it on an embedded database; .*npx xtremepush-access-gateway start/,
    );
    assert.deepEqual(readdirSync(cwd), []);
    const settings = readSettings({ gateway: "true", gatewayFile: __filename }, {});
    assert.throws(() => findGateway(settings, [join(cwd, "package.json")]), {
      message:
        "--gateway needs the package xtremepush-access-gateway: `npm install xtremepush-access-gateway`, then start again",
      exitCode: 2,
    });
    assert.throws(
      () => findGateway({ ...settings, host: "10.0.0.1" }),
      /cannot reach the backend on 10\.0\.0\.1 without TLS/,
    );
    assert.deepEqual(["127.0.0.1", "0.0.0.0", "::", "localhost"].map(localHost), [
      "127.0.0.1",
      "127.0.0.1",
      "::1",
      "localhost",
    ]);
  });
});
