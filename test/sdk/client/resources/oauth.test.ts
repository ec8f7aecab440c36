import assert from "node:assert/strict";
import { expectTypeOf } from "expect-type";
import type { Permission, TokenRequest } from "xtremepush-access";
import { CLIENT_ID } from "../../../support/management-answers";
import { randomClientSecret } from "../../../support/random-secrets";
import { suiteAccess } from "../../../support/suite-access";

describe("access.oauth", () => {
  const suite = suiteAccess();

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
    assert.equal(metadata.scopes_supported.length, 67);
  });

  it("is typed for programs: a scope holds permissions of the catalog", () => {
    expectTypeOf<TokenRequest["scope"]>().toEqualTypeOf<readonly Permission[] | undefined>();
  });
});
