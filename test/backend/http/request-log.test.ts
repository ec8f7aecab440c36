import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { loggerOptions } from "../../../backend/src/http/request-log";
import { type Call, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { until } from "../../support/process/until";

describe("the log", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let admin: Call;
  let lines: string[];

  before(async () => {
    lines = [];
    backend = await startTestBackend({ log: { level: "debug", stream: { write: (line) => lines.push(line) } } });
    admin = callerOf(backend.endpoint, backend.adminToken);
  });
  after(() => backend.close());

  it("has one line for each request, with its id, route, status and actor", async () => {
    await admin("POST /v1/projects", { body: { slug: "web" } });
    lines.length = 0;

    const answer = await admin("GET /v1/projects/web/clients?limit=7&name=Hidden");

    assert.equal(lines.length, 1);
    const line = JSON.parse(lines[0] ?? "");
    assert.equal(line.requestId, answer.headers.get("x-request-id"));
    assert.match(line.actor, /^xpa_/);
    assert.equal(typeof line.ms, "number");
    assert.deepEqual(
      [line.method, line.route, line.path, line.status],
      ["GET", "/v1/projects/:project/clients", "/v1/projects/web/clients", 200],
    );
  });

  it("has the lines of health checks that succeed for debugging only", async () => {
    lines.length = 0;

    await admin("GET /healthz");
    await admin("GET /readyz");
    await admin("GET /v1/backend");

    const levels = lines.map((line) => JSON.parse(line)).map(({ route, level }) => [route, level]);
    assert.deepEqual(levels, [
      ["/healthz", 20],
      ["/readyz", 20],
      ["/v1/backend", 30],
    ]);
  });

  it("has what a gateway asks for and reports all the time for debugging only, unless it is refused", async () => {
    const made = await admin("POST /v1/actors", { body: { name: "door", role: "gateway", projects: ["web"] } });
    const gateway = callerOf(backend.endpoint, made.body.token);
    const { body } = await gateway("GET /v1/access");
    lines.length = 0;

    await gateway(`GET /v1/access/changes?after=${body.sequence}&wait=0`);
    await gateway(`GET /v1/access/changes?after=${body.sequence}&project=nowhere`);

    const levels = lines.map((line) => JSON.parse(line)).map(({ route, level, status }) => [route, level, status]);
    assert.deepEqual(levels, [
      ["/v1/access/changes", 20, 200],
      ["/v1/access/changes", 30, 404],
    ]);
  });

  it("never has a token, a secret, a body or a query", async () => {
    lines.length = 0;
    const made = await admin("POST /v1/projects/web/clients", { body: { name: "In the body" } });
    const actor = await admin("POST /v1/actors", { body: { name: "Also in a body", role: "admin" } });
    await admin(`GET /v1/projects/web/clients?name=In%20the%20query&cursor=${backend.adminToken}`);
    await admin(`GET /v1/projects/${backend.adminToken}`);
    await admin(`GET /nowhere/${made.body.clientSecret}`);
    await callerOf(backend.endpoint, `${backend.adminToken}x`)("GET /v1/backend");

    const text = lines.join("");

    assert.equal(lines.length, 6);
    for (const hidden of [backend.adminToken, made.body.clientSecret, actor.body.token, "In the", "In%20the", "Also"]) {
      assert.equal(text.includes(hidden), false, hidden);
    }
    assert.equal(/bearer/i.test(text), false);
  });

  it("has only the path of an address in the form for proxies", async () => {
    lines.length = 0;
    const asked = request(backend.endpoint, { path: "http://ana:hunter2@elsewhere/v1/backend" }).end();

    const [answer] = await once(asked, "response");
    await once(answer.resume(), "end");

    await until(() => lines.length === 1);
    assert.equal(JSON.parse(lines[0] ?? "").path, "/v1/backend");
  });

  it("escapes what would steer a terminal", async () => {
    lines.length = 0;

    await admin("GET /nowhere/%1b[31m%0aINFO/\u0085");

    // biome-ignore lint/suspicious/noControlCharactersInRegex: it looks for them
    assert.equal(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/.test(lines.join("")), false);
    assert.equal(lines.join("").split("\n").length, 2);
  });

  it("shows of an error what failed, and none of the values that drivers hang on it", () => {
    const error = Object.assign(new Error("duplicate key"), {
      code: "23505",
      detail: "Key (token_hash)=(123) already exists.",
      parameters: ["123"],
      connectionString: "postgres://user:password@host/db",
    });

    const shown = loggerOptions({ level: "info" }).serializers?.["err"]?.(error);

    assert.deepEqual(Object.keys(Object(shown)).sort(), ["code", "message", "stack", "type"]);
    assert.equal(/123\)|password/.test(JSON.stringify(shown)), false);
  });
});
