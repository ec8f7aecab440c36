import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { connect } from "node:tls";
import type { Permission } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../support/backend/backend";
import { HAS_NGINX } from "../support/backend/nginx";
import { makeGrantedClient } from "../support/backend/oauth";
import { type Answer, ExternalApiStandIn } from "../support/gateway/external-api";
import {
  FRONT_PROXIES,
  makeSocketFolder,
  type RunningFront,
  startEnvoy,
  startFrontNginx,
  startHaproxy,
} from "../support/gateway/front-proxies";
import { type GatewayProcess, startGatewayProcess } from "../support/gateway/gateway-process";
import { beginSlowCall, chosenProtocol, type Protocol, sendAtOnce } from "../support/gateway/slow-calls";
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
/** Longer than a proxy that asks before the body lets it come. */
const OVER_MS = 15_000;

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

    function sendChunks(bearer: string, path: string, chunks: string): Promise<string> {
      const head = [
        `POST ${path} HTTP/1.1`,
        ...[`Host: ${NAME}`, "Connection: close", "Content-Type: application/json", "Transfer-Encoding: chunked"],
        `Authorization: Bearer ${bearer}`,
      ];
      return exchange(port, `${head.join("\r\n")}\r\n\r\n${chunks}`);
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
        sendChunks(bearer, path, `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`);

      const plain = read(await chunked(token, ALLOWED, '{"a":1}'));
      const many = read(await chunked(token, EVENT, '{"events":[]}'));
      const manyOfBoth = read(await chunked(both, EVENT, '{"events":[]}'));

      assert.deepEqual([plain.status, many.status, manyOfBoth.status], [200, 403, 200]);
    });

    it(`decides about a body of almost 1 MiB ${front.readsBody ? "by it" : "as about every other"}`, async () => {
      const body = JSON.stringify({ event: "x", text: "t".repeat(1_040_000) });
      const both = await tokenFor(["event:hit", "event:batch-hit"]);
      await until(async () => (await send(EVENT, { token: both, body: '{"event":"x"}' })).status === 200);

      const plain = await send(ALLOWED, { body });
      const one = await send(EVENT, { body });
      const ofBoth = await send(EVENT, { token: both, body });
      const many = await send(EVENT, { body: body.replace('"event":"x"', '"events":[]') });

      assert.deepEqual(
        [plain.status, one.status, ofBoth.status, many.status],
        [200, front.readsBody ? 200 : 403, 200, 403],
      );
      assert.equal(vendor.last.body, body);
    });

    it("refuses a body of more than 1 MiB, with or without a length", async () => {
      const { length } = arrived();
      const body = JSON.stringify({ event: "x", text: "t".repeat(1_100_000) });

      const known = await send(ALLOWED, { body });
      const chunk = `${(10_000).toString(16)}\r\n${body.slice(0, 10_000)}\r\n`;
      const unknown = read(await sendChunks(token, ALLOWED, `${chunk.repeat(120)}0\r\n\r\n`));

      // Caddy has asked before it sees the length.
      assert.deepEqual([known.status, unknown.status], [front.name === "caddy" ? 502 : 413, 413]);
      assert.equal(arrived().length, length);
    });

    it("sends a call once, in its own time, whatever the caller asks of the proxy", async () => {
      const { length } = arrived();
      vendor.answerWith((request, response, call) => {
        if (call.path === "/api/oauth/token") answerAsVendor(request, response, call);
        else failSlowly(request, response, call);
      });

      const { status } = await send(ALLOWED, { lines: WISHES });
      vendor.answerWith(answerAsVendor);

      assert.deepEqual([status, arrived().length], [503, length + 1]);
      const names = WISHES.map((line) => line.split(":", 1)[0]?.toLowerCase() ?? "");
      const passed = names.flatMap((name) => (vendor.last.headers[name] === undefined ? [] : [name]));
      // Others pass them on; Envoy only says how long it will wait.
      if (front.name === "envoy") {
        assert.deepEqual(passed, ["x-envoy-expected-rq-timeout-ms"]);
        assert.equal(vendor.last.headers["x-envoy-expected-rq-timeout-ms"], "35000");
      }
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

    it(`chooses ${front.takesHttp2 ? "HTTP/2" : "HTTP/1.1"} where a caller offers both`, async () => {
      assert.equal(await chosenProtocol({ port, name: NAME }), front.takesHttp2 ? "HTTP/2" : "HTTP/1.1");
    });

    const protocols: readonly Protocol[] = front.takesHttp2 ? ["HTTP/1.1", "HTTP/2"] : ["HTTP/1.1"];
    for (const protocol of protocols) {
      for (const [what, filling, isTold] of [
        ["short body", "", true],
        ["long body", "t".repeat(100_000), true],
        ["body without a length", "t".repeat(100_000), false],
      ] as const) {
        it(`lets no call through whose permission goes while its ${what} comes over ${protocol}`, async () => {
          const { access, id, secret } = await makeGrantedClient(backend, ["list:profile"]);
          const { access_token: taken } = await access.oauth.token({ clientId: id, clientSecret: secret });
          await until(async () => (await send(ALLOWED, { token: taken })).status === 200);
          const [begun, rest] = [`{"begun":"${filling}"`, `,"rest":"${filling}"}`];
          const length = isTold ? begun.length + rest.length : null;
          const call = await beginSlowCall(protocol, { port, name: NAME, path: ALLOWED, token: taken, length });
          call.send(begun);

          const { revision } = await access.grants.get("retail", id);
          await access.grants.put("retail", id, { permissions: [] }, { ifMatch: revision });
          await until(async () => (await send(ALLOWED, { token: taken })).status === 403, TAKEN_MS);
          // Caddy ends it by itself, in the time of its file.
          if (!front.asksLast) await Promise.race([call.ended, wait(OVER_MS)]);
          call.finish(rest);
          const status = await call.ended;

          // Caddy has an empty 200 for a body that did not come.
          assert.equal(status, front.asksLast ? 403 : 200);
          // What is cut does not arrive whole.
          await until(async () => (await send(ALLOWED)).status === 200);
          assert.ok(!arrived().some(({ body }) => body.includes('"rest"')));
        });
      }
    }

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

/** A user and a group of Linux. */
const NOBODY = 65_534;

/** A gateway that allows everything, and a vendor. */
async function startBoth() {
  const [vendor, gateway] = [await startVendor(), await startVendor()];
  gateway.answerWith((_request, response) => response.end());
  const at = { decide: new URL(gateway.endpoint).host, vendor: new URL(vendor.endpoint).host };
  const place = { port: await freePort(), ...at, ...(await makeCertificate()) };
  const close = () => Promise.all([vendor.close(), gateway.close()]);
  return { vendor, place, close };
}

describe("the addresses that Envoy trusts (envoy)", () => {
  it("are nobody's, so that it would not obey a caller that it does not remove headers of", async function () {
    if (!FRONT_PROXIES.some(({ name, isThere }) => name === "envoy" && isThere)) this.skip();
    const { vendor, place, close } = await startBoth();
    vendor.answerWith(failSlowly);
    const front = await startEnvoy(place, "addresses");

    const head = [`POST ${ALLOWED} HTTP/1.1`, `Host: ${NAME}`, "Connection: close", "Content-Length: 2", ...WISHES];
    const answer = read(await exchange(place.port, `${head.join("\r\n")}\r\n\r\n{}`));
    await front.close();
    await close();

    assert.deepEqual([answer.status, vendor.arrived.length], [503, 1]);
  }).timeout(60_000);
});

describe("the socket of nginx (/usr/sbin/nginx)", function () {
  this.timeout(60_000);
  before(function () {
    if (!HAS_NGINX) this.skip();
  });

  it("is out of reach for other users of the machine", async function () {
    // Only root can be several users.
    if (process.getuid?.() !== 0) this.skip();
    const { place, close } = await startBoth();
    const sockets = makeSocketFolder();
    const nginx = await startFrontNginx(place, sockets);

    const reaches = (gid: number) =>
      spawnSync("/usr/bin/test", ["-w", `${sockets}/whole-calls.sock`], { uid: NOBODY, gid }).status === 0;
    const reached = [reaches(statSync(sockets).gid), reaches(NOBODY)];
    await nginx.close();
    await close();

    assert.deepEqual(reached, [true, false]);
  });

  it("takes a thousand calls that come at once", async () => {
    const { vendor, place, close } = await startBoth();
    const nginx = await startFrontNginx(place);

    const statuses = await sendAtOnce({ port: place.port, name: NAME, path: ALLOWED, connections: 10, calls: 100 });
    await nginx.close();
    await close();

    // The vendor knows none of them.
    assert.deepEqual([...new Set(statuses)], [401]);
    assert.deepEqual([statuses.length, vendor.arrived.length], [1_000, 1_000]);
  });
});

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
  vendor.answerWith(answerAsVendor);
  return vendor;
}

const answerAsVendor: Answer = (_request, response, { path, headers }) => {
  response.setHeader("content-type", "application/json");
  const isToken = path === "/api/oauth/token";
  const isKnown = headers.authorization === `Bearer ${VENDOR_TOKEN}`;
  if (!isToken && !isKnown) response.statusCode = 401;
  response.end(JSON.stringify(isToken ? { access_token: VENDOR_TOKEN, expires_in: 600 } : { success: isKnown }));
};

const failSlowly: Answer = (_request, response) => {
  setTimeout(() => response.writeHead(503, { "x-again": "yes" }).end("{}"), 300);
};

/** What Envoy obeys, from callers that it trusts. */
const WISHES = [
  "X-Envoy-Retry-On: 5xx,retriable-status-codes,retriable-headers",
  "X-Envoy-Retry-Grpc-On: unavailable",
  "X-Envoy-Max-Retries: 3",
  "X-Envoy-Retriable-Status-Codes: 503",
  "X-Envoy-Retriable-Header-Names: x-again",
  "X-Envoy-Hedge-On-Per-Try-Timeout: true",
  "X-Envoy-Upstream-Rq-Per-Try-Timeout-Ms: 50",
  "X-Envoy-Upstream-Rq-Timeout-Ms: 100",
  "X-Envoy-Upstream-Rq-Timeout-Alt-Response: 1",
  "X-Envoy-Expected-Rq-Timeout-Ms: 100",
  "X-Envoy-Decorator-Operation: mine",
  "X-Envoy-Original-Path: /mine",
];

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
