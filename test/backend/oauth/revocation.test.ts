import assert from "node:assert/strict";
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
import { purgeAt } from "../../support/backend/purge";

const START = new Date("2026-03-01T10:00:00Z");

for (const engine of ENGINES) {
  describe(`POST /api/oauth/revoke over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let client: GrantedClient;
    let other: GrantedClient;
    let url: string;
    let now: Date;

    const tokenOf = async ({ access, id, secret }: GrantedClient) =>
      (await access.oauth.token({ clientId: id, clientSecret: secret })).access_token;
    const isActive = async (token: string) => (await client.access.oauth.introspect(token)).active;
    const revoke = (token: string, { id, secret }: GrantedClient) =>
      postForm(url, new URLSearchParams({ token }).toString(), basicAuthorization(id, secret));
    const rows = () => backend.database.db.selectFrom("revokedTokens").selectAll().execute();

    before(async () => {
      now = START;
      backend = await startTestBackend({ engine, clock: () => now });
      client = await makeGrantedClient(backend, ["list:profile"]);
      other = await makeGrantedClient(backend, ["list:profile"]);
      url = `${backend.endpoint}/api/oauth/revoke`;
    });

    beforeEach(() => backend.database.db.deleteFrom("revokedTokens").execute());

    after(() => backend.close());

    it("makes the token inactive at once, and no other", async () => {
      const [token, next] = [await tokenOf(client), await tokenOf(client)];

      const { status, headers, body } = await revoke(token, client);

      assert.deepEqual([status, body], [200, {}]);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.deepEqual([await isActive(token), await isActive(next)], [false, true]);
    });

    it("remembers of the token its jti until its end", async () => {
      const token = await tokenOf(client);

      await revoke(token, client);
      await revoke(token, client);

      const [row, ...more] = await rows();
      assert.equal(row?.client, client.id);
      assert.equal(row?.expiresTime.getTime(), START.getTime() + 600_000);
      assert.deepEqual(more, []);
      assert.ok(!JSON.stringify(row).includes(token.slice(0, 20)));
    });

    it("answers another client as it answers nonsense, and leaves the token as it is", async () => {
      const token = await tokenOf(client);

      const foreign = await revoke(token, other);
      const nonsense = await revoke("nonsense", other);

      assert.deepEqual([foreign.status, foreign.body], [nonsense.status, nonsense.body]);
      assert.equal(foreign.status, 200);
      assert.equal(await isActive(token), true);
      assert.deepEqual(await rows(), []);
    });

    it("leaves no row of what nobody has signed, or has ended", async () => {
      const token = await tokenOf(client);
      const [head, payload] = token.split(".");
      now = new Date(START.getTime() + 600_000);
      const ended = await revoke(token, client);
      now = START;
      const forged = await revoke(`${head}.${payload}.${"A".repeat(86)}`, client);

      assert.deepEqual([ended.status, forged.status], [200, 200]);
      assert.deepEqual(await rows(), []);
    });

    it("takes the secret in the body and an assertion, which counts once", async () => {
      const keyed = await makeKeyClient(backend, ["list:profile"]);
      const sign = () => signJwt({ alg: "ES256" }, claimsAt(now, keyed.id, "http://127.0.0.1"), keyed.privateKey);
      const [token, used] = [await tokenOf(client), sign()];
      const keyToken = (await keyed.access.oauth.token({ clientAssertion: sign() })).access_token;

      const bySecret = await postForm(url, tokenForm(client, { token }));
      const byKey = await postForm(url, clientAssertionForm(used, { token: keyToken }));
      const again = await postForm(url, clientAssertionForm(used, { token: keyToken }));

      assert.deepEqual([bySecret.status, byKey.status, again.status], [200, 200, 401]);
      assert.deepEqual([await isActive(token), await isActive(keyToken)], [false, false]);
    });

    it("refuses who is no client, in the words of the token endpoint", async () => {
      const token = await tokenOf(client);
      const deleted = await makeGrantedClient(backend, ["list:profile"]);
      await deleted.access.clients.delete("retail", deleted.id, { ifMatch: 1 });
      const form = new URLSearchParams({ token }).toString();

      const answers = [
        await postForm(url, form),
        await postForm(url, form, { authorization: `Bearer ${backend.adminToken}` }),
        await revoke(token, { ...client, secret: "x" }),
        await revoke(token, deleted),
      ];

      for (const { status, body, headers } of answers) {
        assert.deepEqual([status, body["error"]], [401, "invalid_client"]);
        assert.match(headers.get("www-authenticate") ?? "", /^Basic/);
      }
      assert.deepEqual(answers[2]?.body, answers[3]?.body);
      assert.equal(await isActive(token), true);
    });

    it("counts a token once, however often it is revoked", async () => {
      const counted = async () => {
        const answer = await fetch(`${backend.endpoint}/metrics`, {
          headers: { authorization: `Bearer ${backend.adminToken}` },
        });
        return Number(/tokens_revoked_total (\d+)/.exec(await answer.text())?.[1]);
      };
      const token = await tokenOf(client);
      const before = await counted();
      for (let times = 0; times < 3; times += 1) await revoke(token, client);

      assert.equal((await counted()) - before, 1);
    });

    it("ignores the parameters of a grant", async () => {
      const token = await tokenOf(client);
      const grant = { grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer", assertion: "x" };

      const proven = await postForm(url, tokenForm(client, { token, ...grant }));
      const unproven = await postForm(url, new URLSearchParams({ token, ...grant }).toString());

      assert.deepEqual([proven.status, await isActive(token)], [200, false]);
      assert.deepEqual([unproven.status, unproven.body["error"]], [401, "invalid_client"]);
    });

    it("needs a token, in no address", async () => {
      const basic = basicAuthorization(client.id, client.secret);

      const missing = await postForm(url, "token_type_hint=access_token", basic);
      const inAddress = await postForm(`${url}?token=x`, "", basic);

      for (const { status, body } of [missing, inAddress]) {
        assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
      }
    });

    it("is forgotten when the token has long ended, however many there are", async () => {
      const ended = Array.from({ length: 12_000 }, (_, index) => ({
        ...{ jti: `ended ${index}`, client: client.id, expiresTime: new Date(START.getTime() - 1) },
      }));
      await backend.database.db.insertInto("revokedTokens").values(ended.slice(0, 6_000)).execute();
      await backend.database.db.insertInto("revokedTokens").values(ended.slice(6_000)).execute();
      await revoke(await tokenOf(client), client);

      const now = new Date(START.getTime() + 60 * 60_000);
      await purgeAt(backend.database.db, now);

      assert.equal((await rows()).length, 1);
    });
  });
}

describe("the limit of revocations", function () {
  this.timeout(60_000);

  it("holds for a client and for an address", async () => {
    const backend = await startTestBackend({ limits: { clientTokens: 2, addressTokens: 4 } });
    const url = `${backend.endpoint}/api/oauth/revoke`;
    const client = await makeGrantedClient(backend, ["list:profile"]);

    const answers = [];
    for (let sent = 0; sent < 5; sent += 1) answers.push(await postForm(url, tokenForm(client, { token: "x" })));

    await backend.close();
    assert.deepEqual(
      answers.map(({ status }) => status),
      [200, 200, 429, 429, 429],
    );
    assert.ok(answers.slice(2).every(({ body }) => body["error"] === "temporarily_unavailable"));
  });
});
