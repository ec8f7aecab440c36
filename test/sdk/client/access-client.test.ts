import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import { AccessClient, type AccessClientOptions } from "xtremepush-access";
import { BACKEND, CLIENT_ID } from "../../support/backend/management-answers";
import { randomClientSecret, randomToken } from "../../support/sdk/random-secrets";
import { scriptedServers } from "../../support/sdk/scripted-server";

const madeWith = (options: unknown) => () => Reflect.construct(AccessClient, [options]);

describe("an AccessClient", () => {
  const serve = scriptedServers();

  it("shows its token and its name with each call of the management API", async () => {
    const server = await serve({ body: BACKEND });
    const token = randomToken();

    await new AccessClient({ endpoint: server.endpoint, token, userAgent: "acme-pipeline/2" }).backend.get();

    const headers = server.requests[0]?.headers;
    assert.equal(headers?.authorization, `Bearer ${token}`);
    assert.equal(headers?.["user-agent"], "acme-pipeline/2 xtremepush-access/0.1.0");
    assert.equal(headers?.accept, "application/json");
  });

  it("calls below the path prefix of its endpoint", async () => {
    const server = await serve({ body: BACKEND });

    await new AccessClient({ endpoint: `${server.endpoint}/tools/access/`, token: randomToken() }).backend.get();

    assert.equal(server.requests[0]?.url, "/tools/access/v1/backend");
  });

  it("encodes what it puts into an address", async () => {
    const server = await serve({ body: { items: [], nextCursor: null } });
    const access = new AccessClient({ endpoint: server.endpoint, token: randomToken() });

    await access.clients.list("retail", { name: "A&B=c d/é", cursor: "x+y", limit: 7 });

    assert.equal(server.requests[0]?.url, "/v1/projects/retail/clients?limit=7&cursor=x%2By&name=A%26B%3Dc+d%2F%C3%A9");
  });

  it("asks for the pages that follow with the same query", async () => {
    const server = await serve({ body: { items: [], nextCursor: "2" } }, { body: { items: [], nextCursor: null } });
    const access = new AccessClient({ endpoint: server.endpoint, token: randomToken() });

    for await (const _ of access.clients.list("retail", { permission: "list:tag" })) assert.fail("there are no items");

    assert.deepEqual(
      server.requests.map(({ url }) => url),
      [
        "/v1/projects/retail/clients?limit=100&permission=list%3Atag",
        "/v1/projects/retail/clients?limit=100&cursor=2&permission=list%3Atag",
      ],
    );
  });

  it("sends the secret of a client in the header that the RFC prefers, and no token of an actor with it", async () => {
    const server = await serve({ body: { access_token: "a", token_type: "Bearer", expires_in: 600, scope: "" } });
    const clientSecret = randomClientSecret();
    const access = new AccessClient({ endpoint: server.endpoint, token: randomToken() });

    await access.oauth.token({ clientId: CLIENT_ID, clientSecret, scope: ["list:tag", "create:list"] });

    const [request] = server.requests;
    const basic = Buffer.from(`${CLIENT_ID}:${clientSecret}`).toString("base64");
    assert.equal(request?.headers.authorization, `Basic ${basic}`);
    assert.equal(request?.headers["content-type"], "application/x-www-form-urlencoded");
    assert.equal(request?.body, "grant_type=client_credentials&scope=create%3Alist+list%3Atag");
  });

  it("keeps a colon in a client ID apart from the one that parts it from the secret", async () => {
    const server = await serve({ body: { access_token: "a", token_type: "Bearer", expires_in: 600, scope: "" } });
    const access = new AccessClient({ endpoint: server.endpoint });

    await access.oauth.token({ clientId: "a:b", clientSecret: "c d" });

    const [, basic = ""] = server.requests[0]?.headers.authorization?.split(" ") ?? [];
    assert.equal(Buffer.from(basic, "base64").toString(), "a%3Ab:c+d");
  });

  it("refuses options that do not fit, by their names", () => {
    const endpoint = "http://127.0.0.1:1";

    assert.throws(madeWith({}), /^ValidationError: new AccessClient: endpoint: /);
    assert.throws(madeWith({ endpoint: "http://example.com" }), /the endpoint must be https:/);
    assert.throws(madeWith({ endpoint, token: "" }), /token: must be one word of printable ASCII/);
    assert.throws(madeWith({ endpoint, token: "two words" }), /token: must be one word/);
    assert.throws(madeWith({ endpoint, timeoutMs: 0 }), /timeoutMs: /);
    assert.throws(madeWith({ endpoint, timeoutMs: Number.POSITIVE_INFINITY }), /timeoutMs: /);
    assert.throws(madeWith({ endpoint, maxParallel: 0 }), /maxParallel: /);
    assert.throws(madeWith({ endpoint, maxRetries: -1 }), /maxRetries: /);
    assert.throws(madeWith({ endpoint, userAgent: "a\r\nX-Other: 1" }), /userAgent: must be printable ASCII/);
    assert.throws(madeWith({ endpoint, proxy: "http://example.com" }), /Unrecognized key: "proxy"/);
    assert.throws(madeWith(undefined), /^ValidationError: /);
  });

  it("takes a token that may be missing, as one from the environment is", () => {
    expectTypeOf<{ endpoint: string; token: string | undefined }>().toExtend<AccessClientOptions>();
  });
});
