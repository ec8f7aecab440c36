import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import { AccessClient, PERMISSION_IDS, type Permission, type TokenRequest } from "xtremepush-access";
import { signAssertion } from "xtremepush-access/keys";
import { CLIENT_ID } from "../../../support/backend/management-answers";
import { suiteAccess } from "../../../support/backend/suite-access";
import { makeKeyPair } from "../../../support/sdk/certificates";
import { randomClientSecret } from "../../../support/sdk/random-secrets";
import { scriptedServers } from "../../../support/sdk/scripted-server";

const TOKEN = { access_token: "x", token_type: "Bearer", expires_in: 600, scope: "list:profile" };

describe("access.oauth", () => {
  const suite = suiteAccess();
  const serve = scriptedServers();

  it("gets an access token that carries the whole grant, without any token of an actor", async () => {
    const { editor, nobody } = suite();
    const { id, clientSecret } = await editor.clients.create("retail", { name: "Whole" });
    await editor.grants.put("retail", id, { permissions: ["list:profile", "create:list"] }, { ifMatch: 0 });

    const token = await nobody.oauth.token({ clientId: id, clientSecret: clientSecret ?? "" });

    assert.equal(token.token_type, "Bearer");
    assert.equal(token.expires_in, 600);
    assert.deepEqual(token.scope.split(" "), ["create:list", "list:profile"]);
  });

  it("gets an access token for a part of the grant, and tells what it may do now", async () => {
    const { editor, viewer } = suite();
    const { id, clientSecret } = await editor.clients.create("retail", { name: "Part" });
    await editor.grants.put("retail", id, { permissions: ["list:profile", "create:list"] }, { ifMatch: 0 });

    const token = await editor.oauth.token({ clientId: id, clientSecret: clientSecret ?? "", scope: ["create:list"] });
    const live = await viewer.oauth.introspect(token.access_token);
    await editor.grants.put("retail", id, { permissions: ["list:profile"] }, { ifMatch: 1 });
    const later = await viewer.oauth.introspect(token.access_token);

    assert.equal(token.scope, "create:list");
    assert.equal(live.active, true);
    assert.equal(live.client_id, id);
    assert.equal(live.scope, "create:list");
    assert.equal(live.xtremepush_project, "retail");
    assert.notEqual(later.scope, "create:list");
  });

  it("revokes a token of the client that asks, by its secret or an assertion, without any token of an actor", async () => {
    const { editor, viewer, nobody } = suite();
    const { publicKey, privateKey } = await makeKeyPair();
    const publicKeys = { current: publicKey };
    const { id, clientSecret } = await editor.clients.create("retail", { name: "Revoking", publicKeys });
    await editor.grants.put("retail", id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    const secret = { clientId: id, clientSecret: clientSecret ?? "" };
    const { issuer } = await nobody.oauth.metadata();
    const proof = () => ({ clientAssertion: signAssertion({ clientId: id, privateKey, audience: issuer }) });
    const [one, other] = [await nobody.oauth.token(secret), await nobody.oauth.token(proof())];

    await nobody.oauth.revoke(one.access_token, secret);
    await nobody.oauth.revoke(other.access_token, proof());

    assert.deepEqual(await viewer.oauth.introspect(one.access_token), { active: false });
    assert.deepEqual(await viewer.oauth.introspect(other.access_token), { active: false });
    await assert.rejects(nobody.oauth.revoke("x", { ...secret, clientSecret: randomClientSecret() }), {
      code: "invalid_client",
    });
  });

  it("tells that a text is no active token", async () => {
    assert.deepEqual(await suite().viewer.oauth.introspect("nonsense"), { active: false });
  });

  it("rejects with the code of the RFC", async () => {
    const { editor, nobody } = suite();
    const { id, clientSecret } = await editor.clients.create("retail", { name: "No grant" });

    const wrong = nobody.oauth.token({ clientId: id, clientSecret: randomClientSecret() });
    const unknown = nobody.oauth.token({ clientId: CLIENT_ID, clientSecret: randomClientSecret() });
    const ungranted = nobody.oauth.token({ clientId: id, clientSecret: clientSecret ?? "" });

    await assert.rejects(wrong, { name: "OAuthError", code: "invalid_client", status: 401 });
    await assert.rejects(unknown, { name: "OAuthError", code: "invalid_client", status: 401 });
    await assert.rejects(ungranted, { name: "OAuthError", code: "invalid_scope", status: 400 });
  });

  it("gets an access token by an assertion, as a grant or in place of a secret", async () => {
    const { editor, nobody } = suite();
    const { privateKey, publicKey } = await makeKeyPair();
    const keyed = { name: "Keyed", secretVersion: 0, publicKeys: { current: publicKey } };
    const { id } = await editor.clients.create("retail", keyed);
    await editor.grants.put("retail", id, { permissions: ["list:profile", "create:list"] }, { ifMatch: 0 });
    const { issuer } = await nobody.oauth.metadata();
    const sign = () => signAssertion({ clientId: id, privateKey, audience: issuer });

    const granted = await nobody.oauth.token({ assertion: sign() });
    const part = await nobody.oauth.token({ assertion: sign(), scope: ["create:list"] });
    const authenticated = await nobody.oauth.token({ clientId: id, clientAssertion: sign() });
    const unnamed = await nobody.oauth.token({ clientAssertion: sign(), scope: ["list:profile"] });

    assert.deepEqual(granted.scope.split(" "), ["create:list", "list:profile"]);
    assert.equal(part.scope, "create:list");
    assert.equal(authenticated.scope, granted.scope);
    assert.equal(unnamed.scope, "list:profile");
  });

  it("rejects an assertion with the code of its way", async () => {
    const { nobody } = suite();
    const { privateKey } = await makeKeyPair();
    const assertion = signAssertion({ clientId: CLIENT_ID, privateKey, audience: "https://access.example.com" });

    const granted = nobody.oauth.token({ assertion });
    const authenticated = nobody.oauth.token({ clientAssertion: assertion });

    await assert.rejects(granted, { name: "OAuthError", code: "invalid_grant", status: 400 });
    await assert.rejects(authenticated, { name: "OAuthError", code: "invalid_client", status: 401 });
  });

  it("sends an assertion no second time when the answer was lost, and waits where a rate limit refused it", async () => {
    const lost = await serve({ status: 503, body: { error: "temporarily_unavailable" } });
    const limited = await serve({ status: 429, body: {}, headers: { "retry-after": "0" } }, { body: TOKEN });
    const tokenAt = (endpoint: string) => new AccessClient({ endpoint }).oauth.token({ assertion: "a.b.c" });

    await assert.rejects(tokenAt(lost.endpoint), { name: "OAuthError", status: 503 });
    const token = await tokenAt(limited.endpoint);

    assert.equal(lost.requests.length, 1);
    assert.equal(limited.requests.length, 2);
    assert.equal(token.scope, "list:profile");
  });

  it("refuses two ways in one request before it is sent", async () => {
    const both = { clientId: CLIENT_ID, clientSecret: randomClientSecret(), assertion: "a.b.c" };

    await assert.rejects(suite().nobody.oauth.token(both), { name: "ValidationError" });
    await assert.rejects(suite().nobody.oauth.token({ assertion: "" }), { name: "ValidationError" });
  });

  it("introspects for actors only", async () => {
    await assert.rejects(suite().nobody.oauth.introspect("nonsense"), { name: "AuthenticationError" });
  });

  it("gets the public keys and the metadata without a token", async () => {
    const { nobody } = suite();

    const [{ keys }, metadata] = [await nobody.oauth.keys(), await nobody.oauth.metadata()];

    assert.equal(keys[0]?.kty, "EC");
    assert.equal("d" in Object(keys[0]), false);
    assert.match(metadata.token_endpoint, /\/api\/oauth\/token$/);
    assert.match(metadata.jwks_uri, /\/\.well-known\/jwks\.json$/);
    assert.equal(metadata.scopes_supported.length, PERMISSION_IDS.length);
  });

  it("is typed for programs: a scope holds permissions of the catalog", () => {
    expectTypeOf<TokenRequest["scope"]>().toEqualTypeOf<readonly Permission[] | undefined>();
  });
});
