import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { claimsAt, signJwt } from "../../support/backend/assertions";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import {
  basicAuthorization,
  clientAssertionForm,
  type GrantedClient,
  makeGrantedClient,
  makeKeyClient,
  postForm,
  tokenForm,
} from "../../support/backend/oauth";

for (const engine of ENGINES) {
  describe(`POST /api/oauth/introspect over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let client: GrantedClient;
    let token: string;
    let now: Date;

    beforeEach(async () => {
      now = new Date("2026-03-01T10:00:00Z");
      backend = await startTestBackend({ engine, clock: () => now });
      client = await makeGrantedClient(backend, ["list:profile", "info:profile"]);
      ({ access_token: token } = await client.access.oauth.token({ clientId: client.id, clientSecret: client.secret }));
    });

    afterEach(() => backend.close());

    it("shows what the token carries", async () => {
      const answer = await client.access.oauth.introspect(token);

      assert.equal(answer.active, true);
      assert.equal(answer.scope, "list:profile info:profile");
      assert.equal(answer.client_id, client.id);
      assert.equal(answer.sub, client.id);
      assert.equal(answer.token_type, "Bearer");
      assert.equal(answer.iat, Date.parse("2026-03-01T10:00:00Z") / 1_000);
      assert.equal(answer.exp, Date.parse("2026-03-01T10:10:00Z") / 1_000);
      assert.equal(answer.aud, "http://127.0.0.1/api/external");
      assert.equal(answer.xtremepush_project, "retail");
    });

    it("leaves out what the client has lost since, and what it has gained", async () => {
      const permissions = ["info:profile", "export:segment"] as const;
      await client.access.grants.put("retail", client.id, { permissions: [...permissions] }, { ifMatch: 1 });

      const answer = await client.access.oauth.introspect(token);

      assert.equal(answer.scope, "info:profile");
    });

    it("calls a token inactive whose client has lost all of its permissions", async () => {
      await client.access.grants.put("retail", client.id, { permissions: [] }, { ifMatch: 1 });

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("calls a token inactive whose client was deleted", async () => {
      await client.access.clients.delete("retail", client.id, { ifMatch: 1 });

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("calls a token inactive that was issued before a delete, though the client is back, and none after it", async () => {
      now = new Date("2026-03-01T10:01:00Z");
      await client.access.clients.delete("retail", client.id, { ifMatch: 1 });
      now = new Date("2026-03-01T10:02:00Z");
      await client.access.clients.restore("retail", client.id);
      const { clientSecret } = await client.access.clients.update(
        ...(["retail", client.id, { secretVersion: 2 }, { ifMatch: 2 }] as const),
      );
      const next = await client.access.oauth.token({ clientId: client.id, clientSecret: clientSecret ?? "" });

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
      assert.equal((await client.access.oauth.introspect(next.access_token)).active, true);
    });

    it("calls a token active that was issued after a restore in the second of the delete, and on a clock behind it", async () => {
      now = new Date("2026-03-01T10:01:00.900Z");
      await client.access.clients.delete("retail", client.id, { ifMatch: 1 });
      await client.access.clients.restore("retail", client.id);
      const { clientSecret } = await client.access.clients.update(
        ...(["retail", client.id, { secretVersion: 2 }, { ifMatch: 2 }] as const),
      );
      now = new Date("2026-03-01T10:01:00.100Z");
      const next = await client.access.oauth.token({ clientId: client.id, clientSecret: clientSecret ?? "" });

      assert.equal((await client.access.oauth.introspect(next.access_token)).active, true);
      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("calls a token inactive of before a delete whose clock was ahead of the delete's", async () => {
      now = new Date("2026-03-01T09:58:00Z");
      await client.access.clients.delete("retail", client.id, { ifMatch: 1 });
      await client.access.clients.restore("retail", client.id);
      now = new Date("2026-03-01T10:01:00Z");

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("calls a token inactive once it has ended", async () => {
      now = new Date("2026-03-01T10:10:00Z");

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("remembers no more of a token that it has verified than what the token says", async () => {
      assert.equal((await client.access.oauth.introspect(token)).active, true);
      await client.access.grants.put("retail", client.id, { permissions: ["info:profile"] }, { ifMatch: 1 });
      assert.equal((await client.access.oauth.introspect(token)).scope, "info:profile");

      now = new Date("2026-03-01T10:10:00Z");
      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("calls a token inactive that it has verified and whose signing key is gone", async () => {
      assert.equal((await client.access.oauth.introspect(token)).active, true);
      await backend.database.db.updateTable("signingKeys").set({ kid: "another" }).execute();
      now = new Date("2026-03-01T10:02:00Z");
      await fetch(`${backend.endpoint}/.well-known/jwks.json`);

      assert.deepEqual(await client.access.oauth.introspect(token), { active: false });
    });

    it("reads the caller and a token that it knows by one statement", async () => {
      const statementsOf = async (ask: () => Promise<unknown>) => {
        const before = backend.database.statements();
        await ask();
        return backend.database.statements() - before;
      };
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const asActor = () => client.access.oauth.introspect(token);
      const asClient = () => postForm(url, tokenForm(client, { token }));

      const first = await statementsOf(asActor);
      const byActor = await statementsOf(asActor);
      const byClient = await statementsOf(asClient);
      const together = await statementsOf(() => Promise.all(Array.from({ length: 20 }, asActor)));

      assert.deepEqual([first, byActor, byClient], [2, 1, 1]);
      assert.ok(together <= 20, `${together} statements for 20 calls`);
    });

    it("shows the end of a token that it knows at once to a client and to an actor", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const asClient = async () => (await postForm(url, tokenForm(client, { token }))).body;
      const before = [(await client.access.oauth.introspect(token)).active, (await asClient())["active"]];

      await client.access.grants.put("retail", client.id, { permissions: ["info:profile"] }, { ifMatch: 1 });
      const narrowed = [(await client.access.oauth.introspect(token)).scope, (await asClient())["scope"]];
      await client.access.oauth.revoke(token, { clientId: client.id, clientSecret: client.secret });
      const revoked = [await client.access.oauth.introspect(token), await asClient()];

      assert.deepEqual(before, [true, true]);
      assert.deepEqual(narrowed, ["info:profile", "info:profile"]);
      assert.deepEqual(revoked, [{ active: false }, { active: false }]);
    });

    it("refuses an actor that was revoked, though it knows the token", async () => {
      const viewer = new AccessClient({
        endpoint: backend.endpoint,
        token: await backend.makeActor("viewer", ["retail"]),
      });
      assert.equal((await viewer.oauth.introspect(token)).active, true);
      await backend.database.db.updateTable("actors").set({ revokedTime: now }).where("role", "=", "viewer").execute();

      await assert.rejects(viewer.oauth.introspect(token), { status: 401 });
    });

    it("calls every other string inactive", async () => {
      const [head, body, signature = ""] = token.split(".");
      const forged = `${head}.${body}.${signature.startsWith("A") ? "B" : "A"}${signature.slice(1)}`;
      const unsigned = `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString("base64url")}.${body}.`;

      for (const text of [forged, unsigned, "nonsense", "a.b.c", client.secret]) {
        assert.deepEqual(await client.access.oauth.introspect(text), { active: false });
      }
    });

    it("answers an actor of another project as if the token did not exist", async () => {
      await client.access.projects.create({ slug: "games" });
      const outsider = new AccessClient({
        endpoint: backend.endpoint,
        token: await backend.makeActor("editor", ["games"]),
      });
      const insider = new AccessClient({
        endpoint: backend.endpoint,
        token: await backend.makeActor("viewer", ["retail"]),
      });

      assert.deepEqual(await outsider.oauth.introspect(token), { active: false });
      assert.equal((await insider.oauth.introspect(token)).active, true);
    });

    it("refuses callers without an actor's token", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;

      const { status, headers } = await postForm(url, new URLSearchParams({ token }).toString());

      assert.equal(status, 401);
      assert.match(headers.get("www-authenticate") ?? "", /^Bearer/);
    });

    it("tells a client of its own tokens, however it authenticates, and of nobody else's", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const other = await makeGrantedClient(backend, ["list:profile"]);
      const keyed = await makeKeyClient(backend, ["list:profile"]);
      const sign = () => signJwt({ alg: "ES256" }, claimsAt(now, keyed.id, "http://127.0.0.1"), keyed.privateKey);
      const ofKeyed = await keyed.access.oauth.token({ clientAssertion: sign() });
      const ask = async (asked: string, form: string, headers: Record<string, string> = {}) =>
        (await postForm(url, `${new URLSearchParams({ token: asked })}&${form}`, headers)).body;

      const byBasic = await ask(token, "", basicAuthorization(client.id, client.secret));
      const byForm = await ask(token, tokenForm(client));
      const byKey = await ask(ofKeyed.access_token, clientAssertionForm(sign()));
      const foreign = await ask(token, "", basicAuthorization(other.id, other.secret));
      const nonsense = await ask("nonsense", "", basicAuthorization(client.id, client.secret));

      assert.deepEqual(byBasic, await client.access.oauth.introspect(token));
      assert.deepEqual(byForm, byBasic);
      assert.deepEqual([byKey["active"], byKey["client_id"]], [true, keyed.id]);
      assert.deepEqual([foreign, nonsense], [{ active: false }, { active: false }]);
    });

    it("refuses a client that is deleted or does not prove itself", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const form = new URLSearchParams({ token }).toString();
      const right = basicAuthorization(client.id, client.secret);

      const wrong = await postForm(url, form, basicAuthorization(client.id, "x"));
      const twice = await postForm(url, `${form}&client_secret=x`, right);
      await client.access.clients.delete("retail", client.id, { ifMatch: 1 });
      const deleted = await postForm(url, form, right);

      assert.deepEqual([wrong.status, wrong.body["error"]], [401, "invalid_client"]);
      assert.match(wrong.headers.get("www-authenticate") ?? "", /^Basic/);
      assert.deepEqual([twice.status, twice.body["error"]], [400, "invalid_request"]);
      assert.deepEqual([deleted.status, deleted.body], [401, wrong.body]);
    });

    it("ignores the parameters of a grant", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const grant = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "x" };

      const { body } = await postForm(url, tokenForm(client, { token, ...grant }));

      assert.equal(body["active"], true);
    });

    it("needs a token in a form, not in an address", async () => {
      const url = `${backend.endpoint}/api/oauth/introspect`;
      const authorization = { authorization: `Bearer ${backend.adminToken}` };

      const missing = await postForm(url, "token_type_hint=access_token", authorization);
      const inAddress = await postForm(`${url}?token=${token}`, "", authorization);
      const json = await postForm(url, JSON.stringify({ token }), {
        ...authorization,
        "content-type": "application/json",
      });

      for (const { status, body } of [missing, inAddress, json]) {
        assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
      }
    });
  });
}

describe("the limits of a client's introspections", function () {
  this.timeout(60_000);

  it("are those of tokens for an assertion, which costs as much, and of actors for a secret", async () => {
    const backend = await startTestBackend({ limits: { clientTokens: 2, addressTokens: 4, actorRequests: 50 } });
    const url = `${backend.endpoint}/api/oauth/introspect`;
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const keyed = await makeKeyClient(backend, ["list:profile"]);
    const sign = () => signJwt({ alg: "ES256" }, claimsAt(new Date(), keyed.id, "http://127.0.0.1"), keyed.privateKey);

    const byKey = [];
    for (let sent = 0; sent < 3; sent += 1)
      byKey.push(await postForm(url, clientAssertionForm(sign(), { token: "x" })));
    const wrong = [];
    for (let sent = 0; sent < 2; sent += 1) wrong.push(await postForm(url, clientAssertionForm("x", { token: "x" })));
    const bySecret = [];
    for (let sent = 0; sent < 6; sent += 1) bySecret.push(await postForm(url, tokenForm(client, { token: "x" })));

    await backend.close();
    const statusOf = ({ status }: { readonly status: number }) => status;
    assert.deepEqual(byKey.map(statusOf), [200, 200, 429]);
    assert.deepEqual(wrong.map(statusOf), [401, 429]);
    assert.deepEqual(bySecret.map(statusOf), [200, 200, 200, 200, 200, 200]);
  });

  it("are answered in the words of RFC 6749", async () => {
    const backend = await startTestBackend({ limits: { addressRequests: 3 } });
    const url = `${backend.endpoint}/api/oauth/introspect`;
    const basic = basicAuthorization("xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa", "x");

    const answers = [];
    for (let sent = 0; sent < 5; sent += 1) answers.push(await postForm(url, "token=x", basic));

    await backend.close();
    const last = answers.at(-1);
    assert.deepEqual([last?.status, last?.body["error"]], [429, "temporarily_unavailable"]);
  });
});
