import assert from "node:assert/strict";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { generate } from "selfsigned";
import { ServiceClient } from "../../../../environments/src/delivery/services/service-client";
import { type FakeClock, fakeClock } from "../../../support/sdk/fake-clock";
import { refusingProxies } from "../../../support/sdk/refusing-proxy";
import { scriptedServers } from "../../../support/sdk/scripted-server";

const SECRET = "xpcs_secret";
const TOKEN = "token-of-the-service";

describe("the client of a service", () => {
  const start = scriptedServers();
  const startProxy = refusingProxies();
  let clock: FakeClock;
  beforeEach(() => {
    clock = fakeClock();
  });

  const clientOf = (url: string) =>
    new ServiceClient(
      {
        name: "GitHub",
        url,
        headers: { authorization: `Bearer ${TOKEN}` },
        refusals: { 401: "the token in GITHUB_TOKEN is not valid" },
      },
      clock,
    );
  const send = (url: string, accepts: readonly number[] = []) =>
    clientOf(url).send({
      method: "PUT",
      path: ["repos", "a b", "c/d"],
      query: { q: "1&2" },
      body: { SECRET },
      accepts,
    });

  it("sends the token and the body, and encodes the path", async () => {
    const server = await start({ body: { id: 1 } });

    const { body } = await send(`${server.endpoint}/api/v3/`);

    const [seen] = server.requests;
    assert.deepEqual(body, { id: 1 });
    assert.equal(seen?.url, "/api/v3/repos/a%20b/c%2Fd?q=1%262");
    assert.equal(seen?.headers.authorization, `Bearer ${TOKEN}`);
    assert.deepEqual(JSON.parse(seen?.body ?? ""), { SECRET });
  });

  it("waits as long as the service asks, and tries again", async () => {
    const server = await start(
      { status: 429, headers: { "retry-after": "7" }, body: {} },
      { status: 403, headers: { "x-ratelimit-remaining": "0", "x-ratelimit-reset": String(clock.now() / 1_000 + 20) } },
      { status: 503, headers: { "retry-after": new Date(clock.now() + 30_000).toUTCString() } },
      { status: 204 },
    );

    const { status } = await send(server.endpoint);

    assert.equal(status, 204);
    // The second and the third answer name a moment, which the waits before them have brought nearer.
    assert.deepEqual(clock.slept, [7_000, 13_000, 10_000]);
  });

  it("tries again after an answer that was cut off", async () => {
    const server = await start({ cutAfter: 0 }, { body: { id: 1 }, cutAfter: 3 }, { body: { id: 1 } });

    const { body } = await send(server.endpoint);

    assert.deepEqual(body, { id: 1 });
    assert.deepEqual(clock.slept, [500, 1_000]);
  });

  it("gives the caller the statuses that it understands", async () => {
    const server = await start({ status: 404, body: { message: "Not Found" } });

    assert.equal((await send(server.endpoint, [404])).status, 404);
  });

  const FAILURES = {
    "the token in GITHUB_TOKEN is not valid": { status: 401, body: { message: SECRET } },
    "it refused the request (422); check the settings of the delivery": { status: 422, body: { message: SECRET } },
    "it failed (502); run it again later": { status: 502, body: `<p>${SECRET}` },
    "it limits how often it is called; run it again in 61 s": { status: 429, headers: { "retry-after": "61" } },
    "it limits how often it is called; run it again later": { status: 429 },
    "it answered with a redirect (307), which is not followed; set `url` to where it leads": {
      status: 307,
      headers: { location: "http://127.0.0.1:1/" },
    },
    "the answer is not JSON, so it is not from GitHub; check `url` and the proxy": {
      status: 200,
      body: `<p>${SECRET}`,
    },
    "it cannot be reached (ECONNRESET); check `url`, the network and the proxy": { cutAfter: 0 },
  };
  for (const [what, step] of Object.entries(FAILURES)) {
    it(`fails with a sentence and without a secret: ${what}`, async () => {
      const server = await start(step);

      await assert.rejects(send(server.endpoint), (error: unknown) => {
        assert.ok(error instanceof Error);
        assert.equal(error.message, `GitHub at ${server.endpoint}: ${what}`);
        const all = inspect(error, { depth: null, showHidden: true });
        return !all.includes(SECRET) && !all.includes(TOKEN);
      });
    });
  }

  it("fails where nobody listens", async () => {
    const { endpoint } = await start({});
    const closed = endpoint.replace(/\d+$/, "1");

    await assert.rejects(send(closed), {
      message: `GitHub at ${closed}: it cannot be reached (ECONNREFUSED); check \`url\`, the network and the proxy`,
    });
  });

  it("fails for a certificate that nobody has signed, before the token is sent", async () => {
    const { private: key, cert } = await generate([{ name: "commonName", value: "localhost" }]);
    const seen: string[] = [];
    const server = createServer({ key, cert }, (request, response) => {
      seen.push(request.url ?? "");
      response.end();
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    // A server that listens on a port has an address of this form.
    const url = `https://localhost:${(server.address() as AddressInfo).port}`;
    try {
      await assert.rejects(send(url), {
        message: `GitHub at ${url}: its certificate cannot be trusted (DEPTH_ZERO_SELF_SIGNED_CERT); check \`url\`, or name the CA in NODE_EXTRA_CA_CERTS`,
      });
      assert.deepEqual([seen, clock.slept], [[], []]);
    } finally {
      await new Promise((closed) => server.close(closed));
    }
  });

  it("goes through the proxy of the environment in a tunnel, which hides the token, but not to this machine", async () => {
    const server = await start({ body: {} });
    const proxy = await startProxy();

    await send(server.endpoint);
    await assert.rejects(send("https://github.example.com"), /^EnvironmentFailure: GitHub at https:/);

    assert.ok(
      proxy.asked.length > 0 && proxy.asked.every((asked) => asked.startsWith("CONNECT github.example.com:443")),
    );
    assert.ok(!proxy.asked.join().includes(TOKEN));
  });
});
