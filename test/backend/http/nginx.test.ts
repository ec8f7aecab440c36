import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:https";
import { text } from "node:stream/consumers";
import { AccessClient } from "xtremepush-access";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { HAS_NGINX, type Nginx, startNginx } from "../../support/backend/nginx";
import { fencedBlock } from "../../support/docs/fenced-block";
import { freePort } from "../../support/process/free-port";
import { until } from "../../support/process/until";
import { makeCertificate } from "../../support/sdk/certificates";

const NAME = "access.example.com";
/** Of the caller; nginx connects from another one. */
const CALLER = "127.0.0.2";

describe("a backend behind nginx (/usr/sbin/nginx) as docs/operations.md sets it up", function () {
  this.timeout(60_000);
  const lines: string[] = [];
  let backend: TestBackend;
  let nginx: Nginx;
  let port: number;
  let certificate: string;

  before(async function () {
    if (!HAS_NGINX) this.skip();
    const stream = { write: (line: string) => void lines.push(line) };
    backend = await startTestBackend({ log: { level: "warn", stream }, trustedProxies: ["127.0.0.1"] });
    port = await freePort();
    const pair = await makeCertificate();
    certificate = pair.certificate;
    const site = fencedBlock("docs/operations.md", "nginx", "upstream access_backend")
      .replace("127.0.0.1:8420", new URL(backend.endpoint).host)
      .replace("listen 443", `listen 127.0.0.1:${port}`)
      .replaceAll("/etc/ssl/", "FOLDER/")
      .replace("/var/log/nginx/", "FOLDER/");
    nginx = await startNginx(site, port, { [`${NAME}.pem`]: certificate, [`${NAME}.key`]: pair.privateKey });
  });
  after(async () => {
    await nginx?.close();
    await backend?.close();
  });

  /** Sends a request over TLS, as a caller who claims to be somebody else and takes compressed answers. */
  async function send(method: string, path: string, { body = "", ...headers }: Readonly<Record<string, string>> = {}) {
    const sent = request({
      ...{ host: "127.0.0.1", port, localAddress: CALLER, method, path, ca: certificate, rejectUnauthorized: false },
      headers: { host: NAME, "x-forwarded-for": "203.0.113.9", "accept-encoding": "gzip", ...headers },
    });
    sent.end(body);
    const [answer] = await once(sent, "response");
    return { status: answer.statusCode, headers: answer.headers, body: await text(answer) };
  }

  it("is ready, over TLS", async () => {
    assert.equal((await send("GET", "/readyz")).status, 200);
  });

  it("sees the caller's own address, whatever the caller claims", async () => {
    const login = { client_id: makeIdentifier("xpc"), client_secret: makeSecret("xpcs") };
    const form = new URLSearchParams({ grant_type: "client_credentials", ...login }).toString();

    const { status } = await send("POST", "/api/oauth/token", {
      ...{ "content-type": "application/x-www-form-urlencoded", body: form },
    });
    await until(() => lines.some((line) => line.includes("refused a client")));

    assert.equal(status, 401);
    assert.equal(JSON.parse(lines.at(-1) ?? "")["address"], CALLER);
  });

  it("gets ETags as it has made them, so that If-Match takes them", async () => {
    const access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "retail" });
    const { id } = await access.clients.create("retail", { name: "CRM" });
    const path = `/v1/projects/retail/clients/${id}`;
    const authorization = `Bearer ${backend.adminToken}`;

    const { headers } = await send("GET", path, { authorization });
    const changed = await send("PATCH", path, {
      ...{
        authorization,
        "content-type": "application/json",
        "if-match": headers.etag,
        body: '{"name":"CRM 2"}',
      },
    });

    assert.equal(changed.status, 200, changed.body);
  });

  it("refuses what is too large in its own words", async () => {
    const { status, body } = await send("POST", "/v1/projects", {
      ...{ authorization: `Bearer ${backend.adminToken}`, "content-type": "application/json" },
      body: JSON.stringify({ slug: "a", name: "n".repeat(300_000) }),
    });

    assert.deepEqual([status, JSON.parse(body).code], [413, "payload_too_large"]);
  });
});
