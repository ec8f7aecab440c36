import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { exchange as sendBytes } from "../support/backend/raw-exchange";
import { CLIENT, type GatewayBench, startBench } from "../support/gateway/running-gateway";
import { removeTemporaryFolders } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const GRANTED = ["list:profile", "event:hit"] as const;

describe("/v1/decide, for a proxy in front", () => {
  let bench: GatewayBench;
  let token: string;
  let decide: string;
  before(async () => {
    bench = await startBench({ yaml: "decide: { port: 0, credential: true }\nmetrics: { port: 0 }" });
    bench.feed.set({ id: CLIENT, permissions: GRANTED });
    token = bench.feed.token(CLIENT, GRANTED);
    decide = `${bench.gateway.decideEndpoint}/v1/decide`;
    await until(async () => (await ask({ "x-original-uri": "/api/external/list/profile" })).status === 204);
  });
  after(async () => {
    await bench.close();
    removeTemporaryFolders();
  });

  const ask = (headers: Record<string, string>, body?: string) =>
    fetch(decide, {
      method: body === undefined ? "GET" : "POST",
      headers: {
        authorization: `Bearer ${token}`,
        ...(!("x-forwarded-method" in headers) && { "x-original-method": "POST" }),
        ...(body !== undefined && { "content-type": "application/json" }),
        ...headers,
      },
      ...(body !== undefined && { body }),
    });

  it("answers what a call would get, and sends nothing on", async () => {
    const { length } = bench.upstream.arrived;

    const allowed = await ask({ "x-original-uri": "/api/external/list/profile", "x-original-method": "POST" });
    const denied = await ask({ "x-forwarded-uri": "/api/external/list/list", "x-forwarded-method": "POST" });

    assert.deepEqual([allowed.status, allowed.headers.get("x-xtremepush-permission")], [204, "list:profile"]);
    assert.deepEqual([denied.status, denied.headers.get("x-xtremepush-permission")], [403, "list:list"]);
    assert.equal(bench.upstream.arrived.length, length);
    // The app token is not one that a header carries.
    assert.ok(![...allowed.headers.keys()].some((name) => name.startsWith("x-xtremepush-upstream")));
  });

  it("needs both permissions of a shared endpoint without the body, and one with it", async () => {
    const at = { "x-original-uri": "/api/external/hit/event" };

    assert.equal((await ask(at)).status, 403);
    assert.equal((await ask(at, '{"event":"x"}')).status, 204);
    assert.equal((await ask(at, '{"events":[]}')).status, 403);
    assert.equal((await ask(at, '{"event":"x","apptoken":"mine"}')).status, 400);
  });

  it("decides by a body only where a call with it would be read", async () => {
    const statuses: (readonly [number, unknown])[] = [];
    for (const headers of [
      { "content-type": "application/x-www-form-urlencoded" },
      { "content-type": "text/plain" },
      { "content-encoding": "gzip" },
      { "content-type": "application/json; charset=utf-8", "content-encoding": "identity" },
    ] satisfies Record<string, string>[]) {
      const answer = await ask({ "x-original-uri": "/api/external/hit/event", ...headers }, '{"event":"x"}');
      statuses.push([answer.status, answer.status === 204 || Reflect.get(Object(await answer.json()), "code")]);
    }

    const refused = [415, "unsupported_media_type"];
    assert.deepEqual(statuses, [refused, refused, refused, [204, true]]);
  });

  it("tells one from many by the body of a GET, as Traefik sends it", async () => {
    const statuses: string[] = [];
    for (const framing of ["Content-Length: 14\r\n\r\n", "Transfer-Encoding: chunked\r\n\r\ne\r\n"]) {
      for (const body of ['{"event": "x"}', '{"events": [] ']) {
        const end = framing.startsWith("T") ? "\r\n0\r\n\r\n" : "";
        statuses.push((await exchange(`${framing}${body.replace(/ $/, "}")}${end}`)).slice(9, 12));
      }
    }

    assert.deepEqual(statuses, ["204", "403", "204", "403"]);
  });

  it("refuses what is no call", async () => {
    const statuses: number[] = [];
    for (const headers of [
      {},
      { "x-original-uri": "/api/external/list/profile", "x-forwarded-uri": "/api/external/list/list" },
      { "x-original-uri": "/api/external/list/profile?x=1" },
      { "x-original-uri": "/api/external/list/profile", "x-original-method": "GET" },
      { "x-original-uri": "/api/external/list/profile", authorization: "Basic x" },
      { "x-original-uri": "/api/external/made/up" },
    ] satisfies Record<string, string>[]) {
      statuses.push((await ask(headers)).status);
    }

    assert.deepEqual(statuses, [400, 400, 400, 405, 401, 403]);
    assert.equal((await fetch(`${bench.gateway.decideEndpoint}/api/external/list/profile`)).status, 404);
    assert.equal((await fetch(`${bench.gateway.endpoint}/v1/decide`)).status, 404);
  });

  it("takes the call behind its path too, and answers 200, as Envoy wants it", async () => {
    const at = (path: string, method = "POST", headers: Record<string, string> = {}) =>
      fetch(decide + path, { method, headers: { authorization: `Bearer ${token}`, ...headers } });

    assert.equal((await at("/api/external/list/profile")).status, 200);
    assert.equal((await at("/api/external/list/list")).status, 403);
    assert.equal((await at("/api/external/list/profile?x=1")).status, 400);
    assert.equal((await at("/api/external/list/profile", "PUT")).status, 405);
    assert.equal(
      (await at("/api/external/list/list", "POST", { "x-original-uri": "/api/external/list/profile" })).status,
      400,
    );
    assert.equal((await at("/api/external/list/profile", "GET", { "x-original-method": "POST" })).status, 400);
  });

  it("refuses a question without the method, which could be about a call that is no POST, and says what to send", async () => {
    const answer = await fetch(decide, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "x-original-uri": "/api/external/list/profile" },
    });

    assert.equal(answer.status, 400);
    const { detail } = Object(await answer.json());
    assert.equal(detail, "name the method of the call in x-original-method or x-forwarded-method");
  });

  it("refuses a header that is there twice, of which a proxy and the gateway may take different ones", async () => {
    const twice = async (name: string, value: string) =>
      sendBytes(
        decide,
        `GET /v1/decide HTTP/1.0\r\nHost: x\r\nX-Original-URI: /api/external/list/profile\r\nX-Original-Method: POST\r\nAuthorization: Bearer ${token}\r\n${name}: ${value}\r\n\r\n`,
      );

    assert.match(await twice("X-Other", "x"), /^HTTP\/1\.1 204 /);
    assert.match(await twice("Authorization", `Bearer ${token}`), /^HTTP\/1\.1 400 /);
    assert.match(await twice("X-Original-URI", "/api/external/list/profile"), /^HTTP\/1\.1 400 /);
  });

  it("says a refusal in a header too, in ASCII, for a proxy that drops its body", async () => {
    bench.feed.set({ id: CLIENT, permissions: GRANTED, name: "Café\n🚀" });
    await until(async () =>
      (await (await ask({ "x-original-uri": "/api/external/list/list" })).text()).includes("Café"),
    );

    const answer = await ask({ "x-original-uri": "/api/external/list/list" });

    const header = answer.headers.get("x-xtremepush-problem") ?? "";
    assert.match(header, /^[\x20-\x7e]+$/);
    assert.deepEqual(JSON.parse(header), await answer.json());
  });

  it("answers a GET with the length of a body that never comes, as nginx sends it", async () => {
    const answer = await exchange("Content-Length: 40\r\n\r\n");

    assert.match(answer, /^HTTP\/1\.1 403 /);
    // The next question on the connection would be read as this body.
    assert.match(answer, /\r\nconnection: close\r\n/i);
  });

  /** Sends a GET about one or many events, with what ends its head, and reads the head of the answer. */
  async function exchange(rest: string): Promise<string> {
    const { port } = new URL(decide);
    const socket = connect(Number(port), "127.0.0.1").setEncoding("latin1");
    let answer = "";
    socket.on("data", (text) => {
      answer += text;
    });
    await once(socket, "connect");
    socket.write(
      `GET /v1/decide HTTP/1.1\r\nHost: x\r\nX-Original-URI: /api/external/hit/event\r\nX-Original-Method: POST\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\n${rest}`,
    );
    await until(() => answer.includes("\r\n\r\n"));
    socket.destroy();
    return answer;
  }

  it("has the metrics on a port of their own", async () => {
    const text = await (await fetch(`${bench.gateway.metricsEndpoint}/metrics`)).text();

    assert.match(text, /xtremepush_access_gateway_decisions_total\{outcome="decided"\} \d+/);
    assert.equal((await fetch(`${bench.gateway.endpoint}/metrics`)).status, 404);
  });

  // The last test here: its gateway reports when it stops.
  it("counts what it lets through as used", async () => {
    assert.equal((await ask({ "x-original-uri": "/api/external/list/profile" })).status, 204);

    await bench.gateway.close();

    const uses = bench.feed.reports.flatMap((report) => report.uses);
    assert.ok(uses.some(({ permission, count }) => permission === "list:profile" && count > 0));
  });
});
