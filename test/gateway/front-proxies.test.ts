import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:tls";
import type { Permission } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { makeGrantedClient } from "../support/backend/oauth";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { FRONT_PROXIES, type RunningFront, startHaproxy } from "../support/gateway/front-proxies";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway/gateway-process";
import { freePort } from "../support/process/free-port";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";
import { makeCertificate } from "../support/sdk/certificates";

const NAME = "external-api.example.com";
const VENDOR_TOKEN = "vendor-token-0123456789";
const ALLOWED = "/api/external/list/profile";
const DENIED = "/api/external/list/list";
const EVENT = "/api/external/hit/event";
/** A second is promised, and a machine that is busy with other tests may add some. */
const TAKEN_MS = 6_000;

/** What a caller of a front sends and gets, byte for byte. */
interface Sent {
  readonly method?: string;
  readonly token?: string | null;
  /** Whole lines of the head, after the usual ones. */
  readonly lines?: readonly string[];
  readonly body?: string;
}

interface Answered {
  readonly status: number;
  /** Repeated ones are joined. */
  readonly headers: Headers;
  readonly body: string;
  /** The body as JSON. */
  readonly json: Record<string, unknown>;
}

for (const front of FRONT_PROXIES) {
  describe(`${front.name} in front, as deploy/gateway sets it up (${front.name})`, function () {
    this.timeout(120_000);
    let backend: TestBackend;
    let vendor: ExternalApiStandIn;
    let gateway: GatewayProcess;
    let running: RunningFront;
    let port: number;
    let decidePort: number;
    let actor: string;
    let token: string;

    before(async function () {
      if (!front.isThere) this.skip();
      backend = await startTestBackend();
      vendor = await startVendor();
      token = await tokenFor(["list:profile", "event:hit"]);
      actor = await backend.makeActor("gateway", ["retail"]);
      decidePort = await freePort();
      gateway = await startGateway();
      port = await freePort();
      const { certificate, privateKey } = await makeCertificate();
      const at = { port, decide: gateway.decide, vendor: new URL(vendor.endpoint).host };
      running = await front.start({ ...at, certificate, privateKey });
    });
    after(async () => {
      await running?.close();
      await gateway?.close();
      await vendor?.close();
      await backend?.close();
      removeTemporaryFolders();
    });

    async function tokenFor(permissions: readonly Permission[]): Promise<string> {
      const { access, id, secret } = await makeGrantedClient(backend, permissions);
      return (await access.oauth.token({ clientId: id, clientSecret: secret })).access_token;
    }

    function startGateway({ credential = true, denials = "problem" } = {}): Promise<GatewayProcess> {
      const yaml = `version: 1
listen: { port: 0 }
backend: { endpoint: "${backend.endpoint}", token: { variable: XTREMEPUSH_TOKEN } }
projects: { retail: { upstream: "${vendor.endpoint}", vendorClient: { id: ours, secret: { variable: VENDOR_SECRET } } } }
decide: { port: ${decidePort}, credential: ${credential} }
denials: ${denials}
`;
      return startGatewayProcess(yaml, { XTREMEPUSH_TOKEN: actor, VENDOR_SECRET: "vendor-secret-0123456789" });
    }

    /** The calls that have arrived at the vendor; the gateway's own for a token do not count. */
    const arrived = () => vendor.arrived.filter(({ path }) => path !== "/api/oauth/token");

    async function send(path: string, sent: Sent = {}): Promise<Answered> {
      const { method = "POST", lines = [], body = "{}" } = sent;
      const bearer = sent.token === undefined ? token : sent.token;
      const head = [
        `${method} ${path} HTTP/1.1`,
        `Host: ${NAME}`,
        "Connection: close",
        "Content-Type: application/json",
        `Content-Length: ${Buffer.byteLength(body)}`,
        ...(bearer === null ? [] : [`Authorization: Bearer ${bearer}`]),
        ...lines,
      ];
      return read(await exchange(port, `${head.join("\r\n")}\r\n\r\n${body}`));
    }

    it("sends a call on that the gateway allows, as it is, with the vendor's token instead of the caller's", async () => {
      const { status, json } = await send(ALLOWED, { body: '{"limit":1.0}' });

      assert.deepEqual([status, json["success"]], [200, true]);
      const { path, body, headers } = vendor.last;
      assert.deepEqual([path, body, headers.authorization], [ALLOWED, '{"limit":1.0}', `Bearer ${VENDOR_TOKEN}`]);
      assert.ok(!JSON.stringify(headers).includes(token));
    });

    it("gives a caller the refusal of the gateway, whole", async () => {
      const { access, id, secret } = await makeGrantedClient(backend, ["list:list", "list:profile"]);
      const client = { clientId: id, clientSecret: secret };
      const { access_token: whole } = await access.oauth.token(client);
      await until(async () => (await send(DENIED, { token: whole })).status === 200);
      const { access_token: narrowToken } = await access.oauth.token({ ...client, scope: ["list:profile"] });
      const { length } = arrived();

      const denied = await send(DENIED);
      const nobody = await send(ALLOWED, { token: null });
      const unknown = await send("/api/external/made/up");
      const narrow = await send(DENIED, { token: narrowToken });
      const wrong = await send(ALLOWED, { method: "GET" });

      assert.equal(denied.status, 403);
      assert.equal(denied.headers.get("content-type"), "application/problem+json");
      assert.equal(denied.headers.get("x-xtremepush-permission"), "list:list");
      assert.equal(denied.json["scopeGrant"], 'permissions: ["list:list"]');
      assert.deepEqual([nobody.status, nobody.json["code"]], [401, "unauthenticated"]);
      assert.match(
        nobody.headers.get("www-authenticate") ?? "",
        /^Bearer realm="xtremepush-access", resource_metadata="[^,]+"$/,
      );
      assert.deepEqual([unknown.status, unknown.json["code"]], [403, "endpoint_unmatched"]);
      assert.deepEqual([narrow.status, narrow.json["code"]], [403, "insufficient_scope"]);
      assert.match(narrow.headers.get("www-authenticate") ?? "", /^Bearer realm=[^,]+, .*scope="list:list"$/);
      for (const { headers } of [denied, nobody, unknown, narrow, wrong])
        assert.equal(headers.get("retry-after"), null);
      assert.deepEqual([wrong.status, wrong.json["code"]], [405, "method_not_allowed"]);
      assert.equal(arrived().length, length);
    });

    it(`lets one event through ${front.readsBody ? "by its body" : "only with both permissions, because it does not send the body"}`, async () => {
      const both = await tokenFor(["event:hit", "event:batch-hit"]);
      await until(async () => (await send(EVENT, { token: both, body: '{"event":"x"}' })).status === 200);

      const one = await send(EVENT, { body: '{"event":"x"}' });
      const many = await send(EVENT, { body: '{"events":[{"event":"x"}]}' });
      const manyOfBoth = await send(EVENT, { token: both, body: '{"events":[{"event":"x"}]}' });

      assert.deepEqual([one.status, many.status, manyOfBoth.status], [front.readsBody ? 200 : 403, 403, 200]);
      assert.equal(many.headers.get("x-xtremepush-permission"), "event:batch-hit");
    });

    it("is not made to wait, or to guess, by a body without a length", async () => {
      const both = await tokenFor(["event:hit", "event:batch-hit"]);
      await until(async () => (await send(EVENT, { token: both, body: '{"event":"x"}' })).status === 200);
      const chunked = (bearer: string, path: string, body: string) =>
        exchange(
          port,
          `POST ${path} HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
            `Authorization: Bearer ${bearer}\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`,
        );

      const plain = read(await chunked(token, ALLOWED, '{"a":1}'));
      const many = read(await chunked(token, EVENT, '{"events":[]}'));
      const manyOfBoth = read(await chunked(both, EVENT, '{"events":[]}'));

      assert.deepEqual([plain.status, many.status, manyOfBoth.status], [200, 403, 200]);
    });

    it("decides about a body that is larger than a buffer as about one that it does not see", async () => {
      const body = JSON.stringify({ event: "x", text: "t".repeat(200_000) });
      const both = await tokenFor(["event:hit", "event:batch-hit"]);
      await until(async () => (await send(EVENT, { token: both, body: '{"event":"x"}' })).status === 200);

      const plain = await send(ALLOWED, { body });
      const ofBoth = await send(EVENT, { token: both, body });
      const many = await send(EVENT, { body: body.replace('"event":"x"', '"events":[]') });

      assert.deepEqual([plain.status, ofBoth.status, many.status], [200, 200, 403]);
      assert.equal(vendor.last.body, body);
    });

    it("is not told by a caller what it asks about", async () => {
      const { length } = arrived();
      const claims = [
        [`X-Original-URI: ${ALLOWED}`],
        [`X-Forwarded-Uri: ${ALLOWED}`],
        [`X-Original-URL: ${ALLOWED}`],
        [`X-Original-URI: ${ALLOWED}`, `X-Original-URI: ${ALLOWED}`, `X-Forwarded-Uri: ${ALLOWED}`],
        [`X_Original_URI: ${ALLOWED}`, `X-Rewrite-Url: ${ALLOWED}`],
        [`X-Original-URI: ${ALLOWED}`, "Connection: X-Original-URI, X-Forwarded-Uri, X-Forwarded-Method"],
        [`X-Forwarded-Uri: ${ALLOWED}`, "Connection: X-Forwarded-Uri"],
        ["X-Envoy-Original-Path: /api/external/list/profile", "X-HTTP-Method-Override: POST"],
      ];

      for (const lines of claims) {
        const { status } = await send(DENIED, { lines });
        // HAProxy and Envoy answer 400 where they do not like a head.
        assert.ok([400, 403].includes(status), `${status}: ${lines.join(", ")}`);
      }
      for (const line of ["X-Original-Method: POST", "X-Forwarded-Method: POST", "X-HTTP-Method-Override: POST"]) {
        const { status } = await send(ALLOWED, { method: "GET", lines: [line], body: "" });
        assert.ok([400, 405].includes(status), `${status}: ${line}`);
      }

      assert.equal(arrived().length, length);
    });

    it("sends none of a caller's credentials on, however they come", async () => {
      const denied = await tokenFor(["list:list"]);
      await until(async () => (await send(DENIED, { token: denied })).status === 200);
      const heads = [
        [`Authorization: Bearer ${denied}`],
        ["Authorization: Bearer mine"],
        ["Proxy-Authorization: Bearer mine"],
        ["X-Xtremepush-Upstream-Authorization: Bearer mine"],
        ["X-Xtremepush-Upstream-Authorization: Bearer mine", "Connection: X-Xtremepush-Upstream-Authorization"],
        ["Connection: Authorization"],
      ];

      const { length } = arrived();
      const statuses: number[] = [];
      for (const lines of heads) statuses.push((await send(ALLOWED, { lines })).status);

      for (const { headers } of arrived().slice(length)) {
        const { authorization = "none" } = headers;
        assert.ok([`Bearer ${VENDOR_TOKEN}`, "none"].includes(authorization), authorization.slice(0, 20));
        assert.ok(!JSON.stringify(headers).includes(denied));
      }
      // Two tokens are none; what a caller names hop-by-hop may be gone before the gateway is asked.
      assert.ok(
        statuses.slice(0, 2).every((status) => status === 400 || status === 401),
        statuses.join(", "),
      );
      assert.deepEqual(statuses.slice(2, 5), [200, 200, 200]);
    });

    it("sends on only the path that was decided about", async () => {
      const { length } = arrived();
      const paths = [
        "/api/external/list/profile/../list",
        "/api/external/list/profile/%2e%2e/list",
        "/api/external/list/profile/..%2flist",
        "/api/external/list%2fprofile",
        "/api/external/list/%70rofile",
        "//api/external/list/profile",
        "/api//external/list/profile",
        "/api/external/./list/profile",
        "/x/../api/external/list/profile",
        "/api/external/list/profile/",
        "/api/external/list/profile;a=b",
        "/api/external/list/profile%00",
        "/api/external/list/profile#x",
        "/api/external/list/profile?x=1",
        "/api/external/list/profile?",
        "/api/external/list/profile%3fx=1",
        "/api/external\\list\\profile",
        "/API/external/list/profile",
        `http://${NAME}${DENIED}`,
        `http://${NAME}${ALLOWED}`,
      ];

      const statuses = new Map<string, number>();
      for (const path of paths) statuses.set(path, (await send(path)).status);

      for (const call of arrived().slice(length)) assert.equal(call.path, ALLOWED);
      const refused = [...statuses.values()].filter((status) => status >= 400).length;
      assert.equal(refused + arrived().length - length, paths.length, JSON.stringify([...statuses]));
      assert.ok(arrived().length - length >= 1);
    });

    it("refuses what was taken away, within a second", async () => {
      const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
      const client = { clientId: id, clientSecret: secret };
      const { access_token: taken } = await access.oauth.token(client);
      await until(async () => (await send(ALLOWED, { token: taken })).status === 200);
      const { revision } = await access.grants.get("retail", id);

      await access.grants.put("retail", id, { permissions: [] }, { ifMatch: revision });
      await until(async () => (await send(ALLOWED, { token: taken })).status === 403, TAKEN_MS);
      await access.oauth.revoke(taken, client);
      await until(async () => (await send(ALLOWED, { token: taken })).status === 401, TAKEN_MS);
    });

    it(`lets no call through ${front.asksLast ? "whose permission goes while its body comes" : "whose body takes its time"}`, async () => {
      const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
      const { access_token: taken } = await access.oauth.token({ clientId: id, clientSecret: secret });
      await until(async () => (await send(ALLOWED, { token: taken })).status === 200);
      const head = [
        `POST ${ALLOWED} HTTP/1.1`,
        ...[`Host: ${NAME}`, "Connection: close", "Content-Type: application/json", "Content-Length: 14"],
        `Authorization: Bearer ${taken}`,
      ];
      const ALPNProtocols = front.asksLast ? ["http/1.1"] : ["h2", "http/1.1"];
      const slow = connect({ host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false, ALPNProtocols });
      slow.setEncoding("utf8").on("error", () => slow.destroy());
      let answer = "";
      slow.on("data", (text) => {
        answer += text;
      });
      await once(slow, "secureConnect");
      // Over HTTP/2, Caddy would wait without an end.
      assert.notEqual(slow.alpnProtocol, "h2");
      slow.write(`${head.join("\r\n")}\r\n\r\n{"limit"`);
      const ended = once(slow, "close");

      const { revision } = await access.grants.get("retail", id);
      await access.grants.put("retail", id, { permissions: [] }, { ifMatch: revision });
      await until(async () => (await send(ALLOWED, { token: taken })).status === 403, TAKEN_MS);
      // Caddy ends it by itself, in the time of its file.
      if (front.asksLast) slow.write(":1.00}");
      await ended;

      if (front.asksLast) assert.equal(read(answer).status, 403);
      // Caddy has an empty 200 for a body that did not come.
      assert.ok(!answer.includes("success"));
      assert.ok(!arrived().some(({ body }) => body.includes(":1.00")));
    });

    it("refuses everything while the gateway hangs or is gone, and works again when it is back", async () => {
      const { length } = arrived();

      gateway.child.kill("SIGSTOP");
      const hanging = await send(ALLOWED);
      gateway.child.kill("SIGCONT");
      await gateway.close();
      const gone = await send(ALLOWED);
      const goneEvent = await send(EVENT, { body: '{"event":"x"}' });

      const refused = [hanging.status, gone.status, goneEvent.status];
      assert.ok(
        refused.every((status) => [502, 503, 504].includes(status)),
        refused.join(", "),
      );
      assert.equal(arrived().length, length);
      gateway = await startGateway();
      await until(async () => (await send(ALLOWED)).status === 200);
    });

    it("sends no credential where the gateway gives none", async () => {
      await gateway.close();
      gateway = await startGateway({ credential: false });
      const { length } = arrived();

      await until(async () => (await send(ALLOWED)).status === 401 && arrived().length > length);

      // Caddy writes the name of what is not there.
      assert.match(vendor.last.headers.authorization ?? "", /^$|^\{http\.reverse_proxy\.header/);
      assert.ok(!JSON.stringify(vendor.last.headers).includes(token));
    });

    it("says that the vendor gives no token, in the vendor's envelope", async () => {
      await gateway.close();
      gateway = await startGateway({ denials: "vendor" });
      vendor.answerWith((_request, response) => {
        response.statusCode = 500;
        response.end();
      });

      const { length } = arrived();
      // Envoy reads no refusal in a 5xx.
      const status = front.name === "envoy" ? 503 : 502;
      await until(async () => (await send(ALLOWED)).status === status);
      const { body, headers } = await send(ALLOWED);

      assert.equal(headers.get("retry-after"), null);
      if (status === 502) assert.match(body, /^\{"code":502,"success":false,/);
      assert.equal(arrived().length, length);
    });
  });
}

describe("the script of HAProxy (haproxy)", () => {
  it("lets nothing through when it fails", async function () {
    if (!FRONT_PROXIES.some(({ name, isThere }) => name === "haproxy" && isThere)) this.skip();
    const vendor = await startVendor();
    const port = await freePort();
    const place = { port, decide: "127.0.0.1:9", vendor: new URL(vendor.endpoint).host, ...(await makeCertificate()) };
    const failing = 'core.register_action("decide", { "http-req" }, function() error("broken") end, 1)';
    const front = await startHaproxy(place, failing);

    const answer = await exchange(port, `POST ${ALLOWED} HTTP/1.1\r\nHost: ${NAME}\r\nConnection: close\r\n\r\n`);
    await front.close();
    await vendor.close();

    assert.deepEqual([read(answer).status, vendor.arrived.length], [503, 0]);
  }).timeout(30_000);
});

/** A stand-in that takes the vendor's own OAuth tokens. */
async function startVendor(): Promise<ExternalApiStandIn> {
  const vendor = await ExternalApiStandIn.start("not used");
  vendor.answerWith((_request, response, { path, headers }) => {
    response.setHeader("content-type", "application/json");
    const isToken = path === "/api/oauth/token";
    const isKnown = headers.authorization === `Bearer ${VENDOR_TOKEN}`;
    if (!isToken && !isKnown) response.statusCode = 401;
    response.end(JSON.stringify(isToken ? { access_token: VENDOR_TOKEN, expires_in: 600 } : { success: isKnown }));
  });
  return vendor;
}

/** Sends bytes as they are, over TLS, and answers everything that came back until the connection closed. */
async function exchange(port: number, bytes: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, servername: NAME, rejectUnauthorized: false });
  socket.setEncoding("utf8");
  let answer = "";
  socket.on("data", (text) => {
    answer += text;
  });
  await once(socket, "secureConnect");
  // A proxy that refuses a large body closes before it has read all of it.
  socket.on("error", () => socket.destroy());
  socket.write(bytes);
  await once(socket, "close");
  return answer;
}

function read(answer: string): Answered {
  const end = answer.indexOf("\r\n\r\n");
  const [first = "", ...lines] = answer.slice(0, end).split("\r\n");
  const headers = new Headers(
    lines.map(
      (line) => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 1).trim()] as [string, string],
    ),
  );
  const rest = answer.slice(end + 4);
  // Chunks that this test's answers come in are single lines of JSON.
  const body =
    headers.get("transfer-encoding") === "chunked"
      ? rest
          .split("\r\n")
          .filter((_, at) => at % 2 === 1)
          .join("")
      : rest;
  return {
    status: Number(first.split(" ")[1]),
    ...{ headers, body },
    get json() {
      return JSON.parse(body);
    },
  };
}
