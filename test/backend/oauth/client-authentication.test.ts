import assert from "node:assert/strict";
import { decodeJwt } from "jose";
import { signAssertion } from "xtremepush-access/keys";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { SharedReads } from "../../../backend/src/database/shared-reads";
import { DEFAULT_LIMITS } from "../../../backend/src/http/limits";
import { makeMetrics } from "../../../backend/src/http/metrics";
import { authenticateByAssertion, recordAuthentication } from "../../../backend/src/oauth/client-authentication";
import { Guesses } from "../../../backend/src/oauth/guesses";
import { IssuerKeys } from "../../../backend/src/oauth/issuer-keys";
import type { OAuthServices } from "../../../backend/src/oauth/oauth-services";
import { SigningKeys } from "../../../backend/src/oauth/signing-keys";
import { UseRecorder } from "../../../backend/src/oauth/use-recorder";
import { VerifiedTokens } from "../../../backend/src/oauth/verified-tokens";
import { findLive, type LiveQuery } from "../../../backend/src/store/access-tokens";
import { findTokenClients, type TokenClientQuery } from "../../../backend/src/store/client-credentials";
import { claimsAt, ISSUER, presented, signJwt } from "../../support/backend/assertions";
import { ENGINES, listenOn, startTestBackend, type TestBackend } from "../../support/backend/backend";
import {
  basicAuthorization,
  clientAssertionForm,
  grantForm,
  type KeyClient,
  makeGrantedClient,
  makeKeyClient,
  postForm,
  tokenForm,
} from "../../support/backend/oauth";
import { POSTGRES } from "../../support/backend/postgres";
import { makeCertificate, makeKeyPair } from "../../support/sdk/certificates";

const UNPROVEN = "the client is unknown or none of its keys has signed the assertion";
const USED = "the assertion was used before: sign one with a new jti for every request";
const LIMITS = { addressTokens: 100_000, clientTokens: 100_000 };

const sign = ({ id, privateKey }: Pick<KeyClient, "id" | "privateKey">, more: object = {}) =>
  signJwt({ alg: "ES256" }, { ...claimsAt(new Date(), id), ...more }, privateKey);

for (const engine of ENGINES) {
  describe(`assertions at the token endpoint over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let client: KeyClient;
    let url: string;

    const credential = (id: string) =>
      backend.database.db
        .selectFrom("credentials")
        .selectAll()
        .where("client", "=", id)
        .where("kind", "=", "public-key")
        .executeTakeFirstOrThrow();

    before(async () => {
      backend = await startTestBackend({ engine, issuer: ISSUER, limits: LIMITS });
      client = await makeKeyClient(backend, ["info:profile", "list:profile"]);
      url = `${backend.endpoint}/api/oauth/token`;
    });

    after(() => backend.close());

    it("are a grant: the token is for the client that signed", async () => {
      const { status, headers, body } = await postForm(url, grantForm(sign(client)));

      assert.equal(status, 200);
      assert.equal(headers.get("cache-control"), "no-store");
      assert.equal(body["scope"], "list:profile info:profile");
      const { sub, client_id, xtremepush_project } = decodeJwt(String(body["access_token"]));
      assert.deepEqual([sub, client_id, xtremepush_project], [client.id, client.id, "retail"]);
    });

    it("authenticate a client in place of a secret", async () => {
      const alone = await postForm(url, clientAssertionForm(sign(client)));
      const named = await postForm(url, clientAssertionForm(sign(client), { client_id: client.id }));

      assert.deepEqual([alone.status, named.status], [200, 200]);
      assert.equal(decodeJwt(String(alone.body["access_token"])).sub, client.id);
    });

    it("are what the SDK signs and sends", async () => {
      const { oauth } = client.access;
      const { issuer, token_endpoint } = await oauth.metadata();
      const args = { clientId: client.id, privateKey: client.privateKey };

      const granted = await oauth.token({ assertion: signAssertion({ ...args, audience: issuer }) });
      const clientAssertion = signAssertion({ ...args, audience: token_endpoint, keyId: "current" });
      const authenticated = await oauth.token({ clientAssertion, scope: ["list:profile"] });

      assert.equal(granted.scope, "list:profile info:profile");
      assert.equal(authenticated.scope, "list:profile");
    });

    it("carry the subset of the grant that was asked for, and nothing beyond", async () => {
      const subset = await postForm(url, grantForm(sign(client), { scope: "info:profile" }));
      const beyond = await postForm(url, grantForm(sign(client), { scope: "delete:profile" }));

      assert.equal(subset.body["scope"], "info:profile");
      assert.deepEqual([beyond.status, beyond.body["error"]], [400, "invalid_scope"]);
    });

    it("give no token to a client without a grant", async () => {
      const bare = await makeKeyClient(backend, []);

      const { status, body } = await postForm(url, grantForm(sign(bare)));

      assert.deepEqual([status, body["error"]], [400, "invalid_scope"]);
    });

    it("count once, however they are sent", async () => {
      const [one, other] = [sign(client), sign(client)];
      await postForm(url, grantForm(one));
      await postForm(url, clientAssertionForm(other));

      const again = await postForm(url, grantForm(one));
      const otherwise = await postForm(url, clientAssertionForm(one));
      const back = await postForm(url, grantForm(other));

      assert.deepEqual([again.status, again.body], [400, { error: "invalid_grant", error_description: USED }]);
      assert.deepEqual([otherwise.status, otherwise.body], [401, { error: "invalid_client", error_description: USED }]);
      assert.deepEqual([back.status, back.body["error"]], [400, "invalid_grant"]);
    });

    it("count once also under a new signature", async () => {
      const jti = "the same";
      await postForm(url, grantForm(sign(client, { jti })));

      const { body } = await postForm(url, grantForm(sign(client, { jti, exp: Math.floor(Date.now() / 1_000) + 9 })));

      assert.deepEqual(body, { error: "invalid_grant", error_description: USED });
    });

    it("count once when they come at the same time", async () => {
      const assertion = sign(client);

      const answers = await Promise.all(Array.from({ length: 8 }, () => postForm(url, grantForm(assertion))));

      assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400, 400, 400, 400, 400, 400, 400]);
    });

    it("may have the jti of another client's", async () => {
      const other = await makeKeyClient(backend, ["list:profile"]);
      const jti = "of both";

      const answers = [
        await postForm(url, grantForm(sign(client, { jti }))),
        await postForm(url, grantForm(sign(other, { jti }))),
      ];

      assert.deepEqual(
        answers.map(({ status }) => status),
        [200, 200],
      );
    });

    it("cannot be used up by a stranger who knows the client and the jti", async () => {
      const jti = "known to strangers";
      const stranger = await makeKeyPair();
      const forged = sign({ id: client.id, privateKey: stranger.privateKey }, { jti });

      const refused = await postForm(url, grantForm(forged));
      const served = await postForm(url, grantForm(sign(client, { jti })));

      assert.deepEqual([refused.status, served.status], [400, 200]);
    });

    it("are remembered when the token is answered, by a hash of the jti and until they end", async () => {
      const now = new Date();
      const assertion = signJwt({ alg: "ES256" }, { ...claimsAt(now, client.id), jti: "seen" }, client.privateKey);

      await postForm(url, grantForm(assertion));

      const rows = await backend.database.db.selectFrom("assertions").selectAll().execute();
      const end = Math.floor(now.getTime() / 1_000) + 120;
      assert.ok(rows.some((row) => row.client === client.id && row.expiresTime.getTime() === end * 1_000));
      assert.ok(rows.every(({ jtiHash }) => jtiHash.length === 32));
    });

    it("write the first use of their key before the token is answered", async () => {
      const fresh = await makeKeyClient(backend, ["list:profile"]);
      const unused = await credential(fresh.id);

      await postForm(url, grantForm(sign(fresh)));

      const used = await credential(fresh.id);
      const { lastUsedTime, revision } = await fresh.access.clients.get("retail", fresh.id);
      assert.equal(unused.firstUsedTime, null);
      assert.ok(used.firstUsedTime !== null && Date.now() - used.firstUsedTime.getTime() < 60_000);
      assert.equal(lastUsedTime, used.firstUsedTime.toISOString());
      assert.equal(revision, 1);
    });

    it("are refused in the same words for an unknown client, a deleted one and one whose key was removed", async () => {
      const deleted = await makeKeyClient(backend, ["list:profile"]);
      await deleted.access.clients.delete("retail", deleted.id, { ifMatch: 1 });
      const keyless = await makeKeyClient(backend, ["list:profile"]);
      await keyless.access.clients.update("retail", keyless.id, { publicKeys: {} }, { ifMatch: 1 });
      const { privateKey } = client;
      const wrong = [
        sign({ id: makeIdentifier("xpc"), privateKey }),
        sign({ id: "no\u0000client", privateKey }),
        sign(deleted),
        sign(keyless),
        sign(client, { iss: undefined }),
        sign({ id: client.id, privateKey: deleted.privateKey }),
      ];

      const grants = await Promise.all(wrong.map((assertion) => postForm(url, grantForm(assertion))));
      const clients = await Promise.all(wrong.map((assertion) => postForm(url, clientAssertionForm(assertion))));

      for (const { status, body, headers } of grants) {
        assert.deepEqual([status, body], [400, { error: "invalid_grant", error_description: UNPROVEN }]);
        assert.equal(headers.get("cache-control"), "no-store");
      }
      for (const { status, body } of clients) {
        assert.deepEqual([status, body], [401, { error: "invalid_client", error_description: UNPROVEN }]);
      }
    });

    it("are refused beside other authentication, and with a parameter given twice", async () => {
      const assertion = sign(client);
      const secret = tokenForm({ ...client, secret: "x" });
      const requests = [
        postForm(url, `${clientAssertionForm(assertion)}&client_secret=x`),
        postForm(url, clientAssertionForm(assertion), { authorization: "Basic YTpi" }),
        postForm(url, `${secret}&assertion=${assertion}`),
        postForm(url, `${grantForm(assertion)}&assertion=${assertion}`),
        postForm(url, `${clientAssertionForm(assertion)}&client_assertion=${assertion}`),
        postForm(url, grantForm(assertion, { client_id: makeIdentifier("xpc") })),
        postForm(url, grantForm("")),
      ];

      for (const { status, body } of await Promise.all(requests)) {
        assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
      }
      assert.equal((await postForm(url, grantForm(assertion))).status, 200);
    });

    it("are refused when they are not a JWT or are too long", async () => {
      const garbage = await postForm(url, grantForm("garbage"));
      const long = await postForm(url, grantForm(sign(client, { more: "x".repeat(20_000) })));

      assert.deepEqual([garbage.status, garbage.body["error"]], [400, "invalid_grant"]);
      assert.deepEqual([long.status, long.body["error"]], [413, "invalid_request"]);
    });

    it("are taken for a grant beside the secret of the same client, both proven", async () => {
      const pair = await makeKeyPair();
      const both = await makeGrantedClient(backend, ["list:profile"]);
      const publicKeys = { current: pair.publicKey };
      await both.access.clients.update("retail", both.id, { publicKeys }, { ifMatch: 1 });
      const fresh = () => sign({ id: both.id, privateKey: pair.privateKey });
      const other = await makeGrantedClient(backend, ["list:profile"]);
      const ask = async (more: Readonly<Record<string, string>>, headers: Record<string, string> = {}) => {
        const { status, body } = await postForm(url, grantForm(fresh(), more), headers);
        return [status, body["error"]];
      };

      const unused = await ask({ client_secret: "x" });
      const inBody = await ask({ client_secret: both.secret });
      const named = await ask({ client_id: both.id, client_secret: both.secret });
      const inHeader = await ask({}, basicAuthorization(both.id, both.secret));
      const ofAnother = await ask({}, basicAuthorization(other.id, other.secret));
      const wrongHeader = await ask({}, basicAuthorization(both.id, "x"));
      const strangers = sign({ id: both.id, privateKey: client.privateKey });
      const unsigned = await postForm(url, grantForm(strangers, { client_secret: both.secret }));

      assert.deepEqual(unused, [401, "invalid_client"]);
      assert.deepEqual([inBody, named, inHeader], Array(3).fill([200, undefined]));
      assert.deepEqual(ofAnother, [400, "invalid_request"]);
      assert.deepEqual(wrongHeader, [401, "invalid_client"]);
      assert.deepEqual([unsigned.status, unsigned.body["error"]], [400, "invalid_grant"]);
      const { secrets } = await both.access.clients.get("retail", both.id);
      assert.ok(secrets.every(({ firstUsedTime }) => firstUsedTime !== null));
    });

    it("are refused in an address", async () => {
      const { status, body } = await postForm(`${url}?${grantForm(sign(client))}`, "");

      assert.deepEqual([status, body["error"]], [400, "invalid_request"]);
    });

    it("are refused when the key was removed between their check and their first use", async () => {
      const fresh = await makeKeyClient(backend, ["list:profile"]);
      const services = servicesOf(backend);
      const proof = await authenticateByAssertion(services, presented(sign(fresh)));
      await fresh.access.clients.update("retail", fresh.id, { publicKeys: {} }, { ifMatch: 1 });

      await assert.rejects(recordAuthentication(services, proof), { code: "invalid_grant", message: UNPROVEN });

      const spent = await backend.database.db.selectFrom("assertions").where("client", "=", fresh.id).execute();
      assert.deepEqual(spent, []);
    });
  });
}

describe("assertions of a certificate", function () {
  this.timeout(60_000);

  it("are refused as soon as it has expired, and before it is valid", async () => {
    let now = new Date("2030-05-01T12:00:00.000Z");
    const backend = await startTestBackend({ issuer: ISSUER, clock: () => now });
    const notBefore = new Date("2030-05-01T11:00:00.000Z");
    const notAfter = new Date("2030-05-01T13:00:00.000Z");
    const certified = await makeKeyClient(backend, ["list:profile"], await makeCertificate({ notBefore, notAfter }));
    const ask = async (time: string) => {
      now = new Date(time);
      const assertion = signJwt({ alg: "ES256" }, claimsAt(now, certified.id), certified.privateKey);
      const { status, body } = await postForm(`${backend.endpoint}/api/oauth/token`, grantForm(assertion));
      return [status, body["error"]];
    };

    const early = await ask("2030-05-01T10:59:59.000Z");
    const valid = await ask("2030-05-01T12:59:59.000Z");
    const late = await ask("2030-05-01T13:00:00.000Z");

    await backend.close();
    assert.deepEqual(early, [400, "invalid_grant"]);
    assert.deepEqual(valid, [200, undefined]);
    assert.deepEqual(late, [400, "invalid_grant"]);
  });
});

describe("the limit of a client's token requests", function () {
  this.timeout(60_000);

  it("is not used up by an assertion that was used before, and uses up none that it refuses", async () => {
    const backend = await startTestBackend({ issuer: ISSUER, limits: { clientTokens: 2 } });
    const url = `${backend.endpoint}/api/oauth/token`;
    const client = await makeKeyClient(backend, ["list:profile"]);
    const used = sign(client);

    const first = await postForm(url, grantForm(used));
    const replays = [await postForm(url, grantForm(used)), await postForm(url, grantForm(used))];
    const second = await postForm(url, grantForm(sign(client)));
    const third = await postForm(url, grantForm(sign(client)));

    const rows = await backend.database.db.selectFrom("assertions").selectAll().execute();
    await backend.close();
    assert.deepEqual([first.status, second.status, third.status], [200, 200, 429]);
    assert.ok(replays.every(({ body }) => body["error_description"] === USED));
    assert.equal(rows.length, 2);
  });
});

describe("assertions without a jti", function () {
  this.timeout(60_000);

  it("are taken of the clients that the operator names, again until they end, and leave no row", async () => {
    const backend = await startTestBackend({ issuer: ISSUER });
    const url = `${backend.endpoint}/api/oauth/token`;
    const [named, other] = [await makeKeyClient(backend, ["list:profile"]), await makeKeyClient(backend, [])];
    const replica = await listenOn(backend.database, { issuer: ISSUER, assertionsWithoutJti: [named.id] });
    const allowing = `${replica.endpoint}/api/oauth/token`;
    const assertion = sign(named, { jti: undefined });

    const strict = await postForm(url, grantForm(assertion));
    const taken = [await postForm(allowing, grantForm(assertion)), await postForm(allowing, grantForm(assertion))];
    const unnamed = await postForm(allowing, grantForm(sign(other, { jti: undefined })));

    const rows = await backend.database.db.selectFrom("assertions").selectAll().execute();
    await replica.close();
    await backend.close();
    assert.deepEqual(
      [strict, ...taken, unnamed].map(({ status }) => status),
      [400, 200, 200, 400],
    );
    assert.match(String(strict.body["error_description"]), /has no jti/);
    assert.deepEqual(rows, []);
  });
});

describe("two replicas on one PostgreSQL", function () {
  this.timeout(60_000);

  it("never both take an assertion", async () => {
    const backend = await startTestBackend({ engine: POSTGRES, issuer: ISSUER, limits: LIMITS });
    const replica = await listenOn(backend.database, { issuer: ISSUER, limits: LIMITS });
    const other = replica.endpoint;
    const client = await makeKeyClient(backend, ["list:profile"]);
    const assertions = Array.from({ length: 40 }, () => sign(client));

    const answers = await Promise.all(
      assertions.map((assertion) =>
        Promise.all(
          [backend.endpoint, other].map((endpoint) => postForm(`${endpoint}/api/oauth/token`, grantForm(assertion))),
        ),
      ),
    );

    await replica.close();
    await backend.close();
    for (const pair of answers) {
      assert.deepEqual(pair.map(({ status }) => status).sort(), [200, 400]);
      assert.ok(pair.some(({ body }) => body["error_description"] === USED));
    }
  });
});

function servicesOf({ database }: TestBackend): OAuthServices {
  const clock = () => new Date();
  return {
    ...{ database, clock, issuer: ISSUER, version: "0.0.0", limits: DEFAULT_LIMITS, metrics: makeMetrics(database) },
    signingKeys: new SigningKeys({ db: database.db, key: null, now: clock }),
    issuerKeys: new IssuerKeys(clock),
    uses: new UseRecorder(database.db),
    guesses: new Guesses({ ofClient: 100, fromAddress: 500 }, clock),
    assertionsWithoutJti: [],
    verifiedTokens: new VerifiedTokens(),
    live: new SharedReads((queries: readonly LiveQuery[]) => findLive(database.db, queries)),
    tokenClients: new SharedReads((queries: readonly TokenClientQuery[]) => findTokenClients(database.db, queries)),
  };
}
