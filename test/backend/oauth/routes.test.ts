import assert from "node:assert/strict";
import { PERMISSION_IDS } from "xtremepush-access";
import { ASSERTION_ALGORITHMS, AuthorizationServer, ProtectedResource } from "xtremepush-access/schemas";
import { claimsAt, unsignedJwt } from "../../support/backend/assertions";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { grantForm, makeGrantedClient, postForm, tokenForm } from "../../support/backend/oauth";

describe("the OAuth endpoints", () => {
  let backend: TestBackend;

  afterEach(() => backend.close());

  it("describe themselves below the configured issuer, whatever Host a request names", async () => {
    backend = await startTestBackend({ issuer: "https://access.example.com" });

    const answer = await fetch(`${backend.endpoint}/.well-known/oauth-authorization-server`, {
      headers: { host: "evil.example" },
    });

    const metadata = AuthorizationServer.parse(await answer.json());
    assert.equal(metadata.issuer, "https://access.example.com");
    assert.equal(metadata.token_endpoint, "https://access.example.com/api/oauth/token");
    assert.equal(metadata.introspection_endpoint, "https://access.example.com/api/oauth/introspect");
    assert.equal(metadata.jwks_uri, "https://access.example.com/.well-known/jwks.json");
    assert.equal(metadata.scopes_supported.length, PERMISSION_IDS.length);
    assert.deepEqual(metadata.grant_types_supported, [
      "client_credentials",
      "urn:ietf:params:oauth:grant-type:jwt-bearer",
      "urn:ietf:params:oauth:grant-type:token-exchange",
    ]);
    assert.ok(metadata.token_endpoint_auth_methods_supported.includes("private_key_jwt"));
    assert.deepEqual(metadata.token_endpoint_auth_signing_alg_values_supported, [...ASSERTION_ALGORITHMS]);
    // RFC 8414 takes the names of the registries: the token type is "Bearer" there.
    const methods = ["client_secret_basic", "client_secret_post", "private_key_jwt"];
    assert.deepEqual(metadata["introspection_endpoint_auth_methods_supported"], [...methods, "Bearer"]);
    assert.equal(metadata.revocation_endpoint, "https://access.example.com/api/oauth/revoke");
    assert.deepEqual(metadata["revocation_endpoint_auth_methods_supported"], methods);
    for (const endpoint of ["introspection", "revocation"]) {
      const algorithms = metadata[`${endpoint}_endpoint_auth_signing_alg_values_supported`];
      assert.deepEqual(algorithms, [...ASSERTION_ALGORITHMS]);
    }
    assert.ok(Object.values(metadata).every((value) => !Array.isArray(value) || value.length > 0));
  });

  it("refuse a form with a byte that is not UTF-8", async () => {
    backend = await startTestBackend();

    const answer = await fetch(`${backend.endpoint}/api/oauth/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: Buffer.from([...Buffer.from("grant_type=client_credentials&scope=caf"), 0xe9]),
    });

    assert.equal(answer.status, 400);
    assert.deepEqual(await answer.json(), {
      error: "invalid_request",
      error_description: "the body is not valid UTF-8; percent-encode each value",
    });
  });

  it("describe themselves where clients look for an issuer with a path, and nowhere below", async () => {
    backend = await startTestBackend({ issuer: "https://example.com/teams/:a*/access" });
    const wellKnown = `${backend.endpoint}/.well-known/oauth-authorization-server`;

    const found = await fetch(`${wellKnown}/teams/:a*/access?x=1`);
    const root = await fetch(wellKnown);
    const others = await Promise.all(
      ["/teams/x/access", "/teams/:a*/access/more", "/teams"].map((path) => fetch(wellKnown + path)),
    );

    const metadata = AuthorizationServer.parse(await found.json());
    assert.equal(metadata.issuer, "https://example.com/teams/:a*/access");
    assert.equal(metadata.token_endpoint, "https://example.com/teams/:a*/access/api/oauth/token");
    assert.equal(found.headers.get("cache-control"), "public, max-age=300");
    assert.deepEqual(await root.json(), metadata);
    assert.deepEqual(
      others.map(({ status }) => status),
      [404, 404, 404],
    );
  });

  it("have no metadata below the root when the issuer has no path", async () => {
    backend = await startTestBackend({ issuer: "https://access.example.com" });

    const { status } = await fetch(`${backend.endpoint}/.well-known/oauth-authorization-server/x`);

    assert.equal(status, 404);
  });

  it("describe the management API and the External API to whoever holds no token (RFC 9728)", async () => {
    const issuer = "https://example.com/access";
    backend = await startTestBackend({ issuer });
    const wellKnown = `${backend.endpoint}/.well-known/oauth-protected-resource`;

    const [root, own, external, other] = await Promise.all(
      ["", "/access", "/access/api/external", "/api/external"].map((path) => fetch(wellKnown + path)),
    );

    const management = ProtectedResource.parse(await own?.json());
    assert.equal(management.resource, issuer);
    assert.equal(management.authorization_servers, undefined);
    assert.deepEqual(await root?.json(), management);
    const described = ProtectedResource.parse(await external?.json());
    assert.equal(described.resource, `${issuer}/api/external`);
    assert.deepEqual(described.authorization_servers, [issuer]);
    assert.equal(described.scopes_supported?.length, PERMISSION_IDS.length);
    assert.equal(other?.status, 404);
  });

  it("take the resource that tokens are for, once, and no other (RFC 8707)", async () => {
    backend = await startTestBackend();
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;
    const resource = "http://127.0.0.1/api/external";

    const taken = await postForm(url, tokenForm(client, { resource }));
    const other = await postForm(url, tokenForm(client, { resource: "https://elsewhere.example.com" }));
    const twice = await postForm(url, `${tokenForm(client, { resource })}&${new URLSearchParams({ resource })}`);

    assert.equal(taken.status, 200);
    assert.deepEqual([other.status, other.body["error"]], [400, "invalid_target"]);
    assert.deepEqual([twice.status, twice.body["error"]], [400, "invalid_target"]);
  });

  it("tell how many token requests are left", async () => {
    backend = await startTestBackend({ limits: { clientTokens: 3 } });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;

    const { headers } = await postForm(url, tokenForm(client));

    const told = ["ratelimit-limit", "ratelimit-remaining"].map((name) => headers.get(name));
    assert.deepEqual(told, ["3", "2"]);
    assert.match(headers.get("ratelimit-reset") ?? "", /^([1-9]|10)$/);
  });

  it("let the JWKS be kept for less than a key is announced", async () => {
    backend = await startTestBackend();

    const { headers } = await fetch(`${backend.endpoint}/.well-known/jwks.json`);

    assert.equal(headers.get("cache-control"), "public, max-age=300");
  });

  it("limit the token requests of one client, with the right secret only", async () => {
    backend = await startTestBackend({ limits: { clientTokens: 2 } });
    const busy = await makeGrantedClient(backend, ["list:profile"]);
    const other = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;
    await postForm(url, tokenForm({ ...busy, secret: "guess" }));
    await postForm(url, tokenForm(busy));
    await postForm(url, tokenForm(busy));

    const refused = await postForm(url, tokenForm(busy));
    const served = await postForm(url, tokenForm(other));

    assert.equal(refused.status, 429);
    assert.equal(refused.body["error"], "temporarily_unavailable");
    assert.match(refused.headers.get("retry-after") ?? "", /^([1-9]|10)$/);
    assert.equal(served.status, 200);
  });

  it("limit how often one client introspects, as often as an actor calls", async () => {
    backend = await startTestBackend({ limits: { actorRequests: 20 } });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/introspect`;

    const answers = [];
    for (let sent = 0; sent < 21; sent += 1) answers.push(await postForm(url, tokenForm(client, { token: "x" })));

    assert.ok(answers.slice(0, 20).every(({ status }) => status === 200));
    assert.deepEqual([answers[20]?.status, answers[20]?.body["error"]], [429, "temporarily_unavailable"]);
  });

  it("limit the token requests from one address, before any work", async () => {
    backend = await startTestBackend({ limits: { addressTokens: 2 } });
    const url = `${backend.endpoint}/api/oauth/token`;
    await postForm(url, "");
    await postForm(url, "");

    const { status, body, headers } = await postForm(url, "");

    assert.deepEqual([status, body["error"]], [429, "temporarily_unavailable"]);
    assert.ok(headers.has("retry-after"));
  });

  it("count the IPv6 addresses of one network as one, because one caller has all of them", async () => {
    backend = await startTestBackend({ limits: { addressTokens: 1 }, trustedProxies: ["127.0.0.1"] });
    const url = `${backend.endpoint}/api/oauth/token`;
    await postForm(url, "", { "x-forwarded-for": "2001:db8::1" });

    const neighbour = await postForm(url, "", { "x-forwarded-for": "2001:db8::2" });
    const stranger = await postForm(url, "", { "x-forwarded-for": "2001:db8:1::1" });

    assert.deepEqual([neighbour.status, stranger.status], [429, 400]);
  });

  it("answer in the form of OAuth also when an address exceeds another limit", async () => {
    backend = await startTestBackend({ limits: { addressRequests: 1 } });
    const url = `${backend.endpoint}/api/oauth/token`;
    await postForm(url, "");

    const { status, body } = await postForm(url, "");

    assert.deepEqual([status, body["error"]], [429, "temporarily_unavailable"]);
  });

  it("are described in /openapi.json as taking forms", async () => {
    backend = await startTestBackend({ publicDocs: true });

    const answer = await fetch(`${backend.endpoint}/openapi.json`);

    const { paths } = (await answer.json()) as {
      paths: Record<string, { post?: { requestBody?: { content: object } } }>;
    };
    const content = paths["/api/oauth/token"]?.post?.requestBody?.content ?? {};
    assert.deepEqual(Object.keys(content), ["application/x-www-form-urlencoded"]);
  });

  it("never write a secret, an assertion or a token to the log", async () => {
    const lines: string[] = [];
    backend = await startTestBackend({ log: { level: "debug", stream: { write: (line) => void lines.push(line) } } });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const url = `${backend.endpoint}/api/oauth/token`;
    const { body } = await postForm(url, tokenForm(client));
    await postForm(`${url}?${tokenForm(client)}`, "");
    await postForm(url, tokenForm({ ...client, id: "nobody" }));
    const assertion = unsignedJwt({ alg: "ES256" }, claimsAt(new Date(), client.id));
    await postForm(url, grantForm(assertion));
    await postForm(`${url}?${grantForm(assertion)}`, "");

    const log = lines.join("");

    assert.match(log, /\/api\/oauth\/token/);
    assert.ok(!log.includes(assertion.slice(0, 30)));
    assert.ok(!log.includes(client.secret) && !log.includes(String(body["access_token"])));
  });
});
