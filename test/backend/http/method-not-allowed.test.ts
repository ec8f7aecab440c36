import assert from "node:assert/strict";
import { once } from "node:events";
import { METHODS } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { Problem } from "xtremepush-access/schemas";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { exchange } from "../../support/backend/raw-exchange";

const CLIENT = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

/** Every address of the API, and what it takes. */
const ADDRESSES: Readonly<Record<string, string>> = {
  "/v1/backend": "GET, HEAD",
  "/v1/permissions": "GET, HEAD",
  "/v1/projects": "GET, HEAD, POST",
  "/v1/projects/web": "GET, HEAD",
  "/v1/projects/web/audit": "GET, HEAD",
  "/v1/projects/web/clients": "GET, HEAD, POST",
  [`/v1/projects/web/clients/${CLIENT}`]: "GET, HEAD, PATCH, DELETE",
  [`/v1/projects/web/clients/${CLIENT}/restore`]: "POST",
  [`/v1/projects/web/clients/${CLIENT}/permissions`]: "GET, HEAD, PUT",
  [`/v1/projects/web/clients/${CLIENT}/audit`]: "GET, HEAD",
  "/v1/audit": "GET, HEAD",
  "/v1/actors": "GET, HEAD, POST",
  "/v1/actors/xpa_aaaaaaaaaaaaaaaaaaaaaaaaaa": "DELETE",
  "/healthz": "GET, HEAD",
  "/readyz": "GET, HEAD",
  "/metrics": "GET, HEAD",
  "/openapi.json": "GET, HEAD",
  "/docs": "GET, HEAD",
  "/api/oauth/token": "POST",
  "/api/oauth/introspect": "POST",
  "/.well-known/jwks.json": "GET, HEAD",
  "/.well-known/oauth-authorization-server": "GET, HEAD",
  "/.well-known/oauth-authorization-server/access": "GET, HEAD",
  "/.well-known/oauth-protected-resource": "GET, HEAD",
  "/.well-known/oauth-protected-resource/access": "GET, HEAD",
  "/.well-known/oauth-protected-resource/access/api/external": "GET, HEAD",
};

const CONNECT = "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n";

function connectTo(endpoint: string, allowHalfOpen = false): Socket {
  const { hostname, port } = new URL(endpoint);
  const socket = connect({ host: hostname, port: Number(port), allowHalfOpen });
  socket.on("error", () => {});
  return socket;
}

async function resetAfterConnect(endpoint: string, delay: number): Promise<void> {
  const socket = connectTo(endpoint);
  socket.write(CONNECT);
  await once(socket, "connect");
  await wait(delay);
  socket.resetAndDestroy();
}

describe("a method that an address does not take", function () {
  this.timeout(30_000);
  let backend: TestBackend;

  before(async () => {
    backend = await startTestBackend({ issuer: "https://access.example.com/access" });
  });
  after(() => backend.close());

  const ask = async (method: string, path: string, body = "") => {
    const head = `${method} ${path} HTTP/1.1\r\nHost: test\r\nConnection: close\r\nContent-Length: ${body.length}`;
    const [start = "", text = ""] = (await exchange(backend.endpoint, `${head}\r\n\r\n${body}`)).split("\r\n\r\n");
    const allow = /^allow: (.*)$/im.exec(start)?.[1];
    return { status: Number(start.split(" ")[1]), allow, start, text };
  };

  for (const [path, allowed] of Object.entries(ADDRESSES)) {
    it(`is answered with 405 and Allow: ${path}`, async () => {
      const others = [...METHODS, "OPTIONS", "TRACE", "QUERY"].filter(
        (method) => method !== "CONNECT" && !allowed.split(", ").includes(method),
      );
      for (const method of others) {
        const { status, allow, start, text } = await ask(method, path);

        assert.deepEqual([method, status, allow], [method, 405, allowed]);
        assert.match(start, /^content-type: application\/problem\+json/im);
        if (method !== "HEAD") assert.equal(Problem.parse(JSON.parse(text)).code, "method_not_allowed");
      }
    });
  }

  it("is refused before its body is read", async () => {
    const { status } = await ask("QUERY", "/v1/projects", "not JSON, and of no type");

    assert.equal(status, 405);
  });

  it("is distinguished from an address that does not exist", async () => {
    assert.equal((await ask("OPTIONS", "/v2/projects")).status, 404);
    assert.equal((await ask("TRACE", "/")).status, 404);
    for (const path of [
      "oauth-protected-resource/",
      "oauth-protected-resource/api",
      "oauth-authorization-server/web",
    ]) {
      for (const method of ["GET", "POST", "OPTIONS"]) {
        assert.equal((await ask(method, `/.well-known/${path}`)).status, 404, `${method} ${path}`);
      }
    }
    assert.equal((await ask("OPTIONS", "*")).status, 404);
    assert.equal((await ask("DELETE", "/v1/pro%6Aects")).allow, "GET, HEAD, POST");
    assert.equal((await ask("DELETE", "/v1%2Fprojects")).status, 404);
    assert.equal((await ask("TRACE", "/v1/projects/a%2Fb")).status, 405);
    assert.equal((await ask("TRACE", "/v1/projects%ff")).status, 400);
  });

  it("is answered also when it is CONNECT or not one of HTTP", async () => {
    const connected = await ask("CONNECT", "example.com:443");
    const unknown = await ask("BREW", "/v1/projects");

    assert.deepEqual([connected.status, connected.allow], [405, ""]);
    assert.equal(unknown.status, 400);
    assert.match(Problem.parse(JSON.parse(unknown.text)).detail, /the method of the request is not one of HTTP/);
  });

  it("leaves the backend as it is when the connection of a CONNECT is reset, however late", async () => {
    for (let delay = 0; delay < 60; delay++) await resetAfterConnect(backend.endpoint, delay % 3);

    assert.equal((await ask("GET", "/healthz")).status, 200);
  });

  it("closes the connection of a CONNECT whose caller keeps it open", async () => {
    const socket = connectTo(backend.endpoint, true);
    socket.write(`${CONNECT}and more`);
    socket.resume();

    await once(socket, "end");
    // The backend resets the connection at the first write; the next one fails.
    for (let tries = 0; tries < 100 && !socket.destroyed; tries++) {
      socket.write("more");
      await wait(20);
    }
    assert.equal(socket.destroyed, true);
  });
});
