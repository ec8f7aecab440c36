import assert from "node:assert/strict";
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from "jose";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import {
  basicAuthorization,
  type GrantedClient,
  makeGrantedClient,
  postForm,
  tokenForm,
} from "../../support/backend/oauth";

for (const engine of ENGINES) {
  describe(`POST /api/oauth/token over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let client: GrantedClient;
    let url: string;

    before(async () => {
      const limits = { addressTokens: 100_000, clientTokens: 100_000 };
      backend = await startTestBackend({ engine, issuer: "https://access.example.com", limits });
      client = await makeGrantedClient(backend, ["info:profile", "list:profile", "create:campaign"]);
      url = `${backend.endpoint}/api/oauth/token`;
    });

    after(() => backend.close());

    it("answers a token that carries the grant, signed by a key of the JWKS", async () => {
      const { status, headers, body } = await postForm(url, tokenForm(client));

      assert.equal(status, 200);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(headers.get("pragma"), "no-cache");
      assert.equal(body["token_type"], "Bearer");
      assert.equal(body["expires_in"], 600);
      assert.equal(body["scope"], "create:campaign list:profile info:profile");
      const keys = createRemoteJWKSet(new URL(`${backend.endpoint}/.well-known/jwks.json`));
      const { payload, protectedHeader } = await jwtVerify(String(body["access_token"]), keys, {
        issuer: "https://access.example.com",
        audience: "https://access.example.com/api/external",
        typ: "at+jwt",
        algorithms: ["ES256"],
      });
      assert.ok(protectedHeader.kid);
      assert.equal(payload.sub, client.id);
      assert.equal(payload["client_id"], client.id);
      assert.equal(payload["scope"], body["scope"]);
      assert.equal(payload["xtremepush_project"], "retail");
      assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
    });

    it("gives every token an id of its own", async () => {
      const one = await postForm(url, tokenForm(client));
      const other = await postForm(url, tokenForm(client));

      assert.notEqual(
        decodeJwt(String(one.body["access_token"])).jti,
        decodeJwt(String(other.body["access_token"])).jti,
      );
    });

    it("takes the secret in Basic", async () => {
      const { status } = await postForm(
        url,
        "grant_type=client_credentials",
        basicAuthorization(client.id, client.secret),
      );

      assert.equal(status, 200);
    });

    it("answers to the SDK", async () => {
      const token = await client.access.oauth.token({
        clientId: client.id,
        clientSecret: client.secret,
        scope: ["list:profile"],
      });

      assert.equal(token.scope, "list:profile");
      assert.equal(decodeProtectedHeader(token.access_token)["typ"], "at+jwt");
    });

    it("carries only the subset that was asked for", async () => {
      const { body } = await postForm(url, tokenForm(client, { scope: "info:profile create:campaign" }));

      assert.equal(body["scope"], "create:campaign info:profile");
      assert.equal(decodeJwt(String(body["access_token"]))["scope"], "create:campaign info:profile");
    });

    it("treats a parameter without a value as left out and ignores what it does not know", async () => {
      const { body } = await postForm(url, `${tokenForm(client, { scope: "" })}&audience=x`);

      assert.equal(body["scope"], "create:campaign list:profile info:profile");
    });

    it("names what goes beyond the grant", async () => {
      const { status, body } = await postForm(url, tokenForm(client, { scope: "list:profile delete:profile" }));

      assert.equal(status, 400);
      assert.deepEqual(body, {
        error: "invalid_scope",
        error_description: "not granted to the client: delete:profile",
      });
    });

    it("answers invalid_scope to a client without a grant", async () => {
      const bare = await makeGrantedClient(backend, []);

      const { status, body } = await postForm(url, tokenForm(bare));

      assert.equal(status, 400);
      assert.equal(body["error"], "invalid_scope");
    });

    it("answers the same to an unknown client, a deleted one, a malformed one and a wrong secret", async () => {
      const deleted = await makeGrantedClient(backend, ["list:profile"]);
      await deleted.access.clients.delete("retail", deleted.id, { ifMatch: 1 });
      const wrong = [
        tokenForm({ ...client, id: makeIdentifier("xpc") }),
        tokenForm(deleted),
        tokenForm({ ...client, id: "no\u0000client" }),
        tokenForm({ ...client, secret: makeSecret("xpcs") }),
        tokenForm({ ...client, secret: "guess" }),
      ];

      const answers = await Promise.all(wrong.map((form) => postForm(url, form)));

      for (const { status, body, headers } of answers) {
        assert.equal(status, 401);
        assert.deepEqual(body, {
          error: "invalid_client",
          error_description: "the client is unknown or its secret is wrong",
        });
        assert.equal(headers.get("cache-control"), "no-store");
      }
    });

    it("names Basic as the way to authenticate when a secret in Basic is wrong", async () => {
      const basic = basicAuthorization(client.id, makeSecret("xpcs"));

      const { status, headers, body } = await postForm(url, "grant_type=client_credentials", basic);

      assert.equal(status, 401);
      assert.equal(body["error"], "invalid_client");
      assert.match(headers.get("www-authenticate") ?? "", /^Basic realm=/);
    });

    it("answers invalid_client when the client does not authenticate at all", async () => {
      const { status, body } = await postForm(url, `grant_type=client_credentials&client_id=${client.id}`);

      assert.equal(status, 401);
      assert.equal(body["error"], "invalid_client");
    });

    it("refuses a request without grant_type, and one with another", async () => {
      const missing = await postForm(url, tokenForm(client, { grant_type: "" }));
      const other = await postForm(url, tokenForm(client, { grant_type: "password" }));

      assert.deepEqual([missing.status, missing.body["error"]], [400, "invalid_request"]);
      assert.deepEqual([other.status, other.body["error"]], [400, "unsupported_grant_type"]);
    });

    it("refuses a parameter that is given twice", async () => {
      const { status, body } = await postForm(url, `${tokenForm(client)}&scope=list%3Aprofile&scope=list%3Aprofile`);

      assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
    });

    it("refuses two ways of authentication in one request", async () => {
      const { status, body } = await postForm(url, tokenForm(client), basicAuthorization(client.id, client.secret));

      assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
    });

    it("refuses a secret in the address", async () => {
      const { status, body, headers } = await postForm(`${url}?${tokenForm(client)}`, "grant_type=client_credentials");

      assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
      assert.equal(headers.get("cache-control"), "no-store");
    });

    it("refuses JSON, no body, and a body of 2 MB", async () => {
      const json = await postForm(url, JSON.stringify({ client_id: client.id }), {
        "content-type": "application/json",
      });
      const empty = await postForm(url, "");
      const large = await postForm(url, tokenForm(client, { filler: "x".repeat(2_000_000) }));

      assert.deepEqual([json.status, json.body["error"]], [400, "invalid_request"]);
      assert.deepEqual([empty.status, empty.body["error"]], [400, "invalid_request"]);
      assert.deepEqual([large.status, large.body["error"]], [413, "invalid_request"]);
    });

    it("has written the first use of a secret when the token is answered", async () => {
      const fresh = await makeGrantedClient(backend, ["list:profile"]);
      const unused = await fresh.access.clients.get("retail", fresh.id);

      await postForm(url, tokenForm(fresh));

      const used = await fresh.access.clients.get("retail", fresh.id);
      assert.equal(unused.lastUsedTime, null);
      assert.ok(used.lastUsedTime !== null && Date.now() - Date.parse(used.lastUsedTime) < 60_000);
    });

    it("does not count a use as a change of the client", async () => {
      const fresh = await makeGrantedClient(backend, ["list:profile"]);

      await postForm(url, tokenForm(fresh));

      assert.equal((await fresh.access.clients.get("retail", fresh.id)).revision, 1);
      assert.equal((await fresh.access.audit.ofClient("retail", fresh.id)).items.length, 2);
    });
  });
}
