import assert from "node:assert/strict";
import { parseGatewayFile } from "../../gateway/src/file/read-gateway-file";
import { type RunningGateway, startGateway } from "../../gateway/src/server/start";
import { ExternalApiStandIn } from "../support/gateway/external-api";
import { movedClock } from "../support/gateway/moved-clock";
import { CLIENT } from "../support/gateway/running-gateway";
import { ScriptedFeed } from "../support/gateway/scripted-feed";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";
import { until } from "../support/process/until";

const SECRET = "vendor-client-secret";

describe("a client of the vendor's own OAuth", () => {
  let upstream: ExternalApiStandIn;
  let gateway: RunningGateway;
  let feed: ScriptedFeed;
  let token: string;
  const clock = movedClock();
  let isRefusing = false;
  let isGivingNone = false;
  let tokens = 0;
  /** What the next token waits for. */
  let meanwhile = async () => {};

  before(async () => {
    upstream = await ExternalApiStandIn.start("not used");
    feed = new ScriptedFeed();
    feed.set({ id: CLIENT, permissions: ["list:profile"] });
    token = feed.token(CLIENT, ["list:profile"]);
    upstream.answerWith(async (_request, response, { path, headers }) => {
      response.setHeader("content-type", "application/json");
      if (path === "/api/oauth/token") {
        if (isGivingNone) return void response.writeHead(500).end();
        await meanwhile();
        tokens += 1;
        response.end(JSON.stringify({ access_token: `vendor-token-${tokens}`, token_type: "Bearer", expires_in: 600 }));
        return;
      }
      response.writeHead(isRefusing ? 401 : 200).end(JSON.stringify({ echo: headers.authorization }));
    });
    const file = parseGatewayFile(
      `version: 1
listen: { port: 0 }
backend: { endpoint: https://access.example.com, token: { variable: T } }
projects:
  acme:
    upstream: "${upstream.endpoint}/"
    vendorClient: { id: our-client, secret: { variable: SECRET } }
decide: { port: 0, credential: true }`,
      "gateway.yaml",
    );
    gateway = await startGateway(file, {
      ...{ feed, folder: temporaryFolder(), environment: { SECRET }, clock },
      log: { level: "silent" },
    });
    await until(async () => (await fetch(`${gateway.endpoint}/readyz`)).ok);
  });
  after(async () => {
    await gateway.close();
    await upstream.close();
    removeTemporaryFolders();
  });

  const call = async () => {
    const response = await fetch(`${gateway.endpoint}/api/external/list/profile`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: '{"limit":1}',
    });
    return { status: response.status, text: await response.text() };
  };

  /** The question of a proxy in front. */
  const asked = (bearer: string) => ({
    authorization: `Bearer ${bearer}`,
    "x-original-uri": "/api/external/list/profile",
    "x-original-method": "POST",
  });

  it("gets one token for many calls, in a header, and leaves the body as it is", async () => {
    const answers = await Promise.all([call(), call(), call()]);

    assert.equal(tokens, 1);
    assert.deepEqual(new Set(answers.map(({ text }) => text)), new Set(['{"echo":"Bearer **************"}']));
    const [asked] = upstream.arrived.filter(({ path }) => path === "/api/oauth/token");
    assert.equal(asked?.body, `grant_type=client_credentials&client_id=our-client&client_secret=${SECRET}`);
    assert.deepEqual(
      [upstream.last.headers.authorization, upstream.last.body],
      ["Bearer vendor-token-1", '{"limit":1}'],
    );
  });

  it("gets another one after the vendor has refused it", async () => {
    isRefusing = true;
    assert.equal((await call()).status, 401);
    isRefusing = false;

    assert.equal((await call()).status, 200);
    assert.equal(upstream.last.headers.authorization, "Bearer vendor-token-2");
  });

  it("gives its token to a proxy in front that asks for a decision", async () => {
    const { status, headers } = await fetch(`${gateway.decideEndpoint}/v1/decide`, {
      headers: asked(token),
    });

    assert.deepEqual([status, headers.get("x-xtremepush-upstream-authorization")], [204, "Bearer vendor-token-2"]);
    // Traefik and Envoy give it no other name.
    assert.equal(headers.get("authorization"), "Bearer vendor-token-2");
  });

  it("does not let through for a proxy what was taken away while it waited for the vendor's token", async () => {
    isRefusing = true;
    assert.equal((await call()).status, 401);
    isRefusing = false;
    meanwhile = async () => {
      feed.set({ id: CLIENT, permissions: [] });
      await until(async () => (await call()).status === 403);
    };

    const { status } = await fetch(`${gateway.decideEndpoint}/v1/decide`, {
      headers: asked(token),
    });

    assert.equal(status, 403);
    meanwhile = async () => {};
    feed.set({ id: CLIENT, permissions: ["list:profile"] });
    await until(async () => (await call()).status === 200);
  });

  it("does not let through for a proxy with an access token that ended while it waited for the vendor's token", async () => {
    isRefusing = true;
    assert.equal((await call()).status, 401);
    isRefusing = false;
    meanwhile = async () => clock.moveBy(31_000);
    const ending = feed.token(CLIENT, ["list:profile"], { exp: Math.floor(Date.now() / 1_000) + 30 });

    const answer = await fetch(`${gateway.decideEndpoint}/v1/decide`, { headers: asked(ending) });

    assert.equal(answer.status, 401);
    assert.match(
      answer.headers.get("www-authenticate") ?? "",
      /error="invalid_token", error_description="the access token is over/,
    );
    meanwhile = async () => {};
  });

  it("cannot decide for a proxy while the vendor gives no token", async () => {
    isRefusing = true;
    assert.equal((await call()).status, 401);
    isGivingNone = true;

    const { status } = await fetch(`${gateway.decideEndpoint}/v1/decide`, {
      headers: asked(token),
    });

    assert.equal(status, 502);
  });
});
