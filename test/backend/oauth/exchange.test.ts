import assert from "node:assert/strict";
import { createHmac, createPublicKey, randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import type { JWK } from "jose";
import { AccessClient, OAuthError } from "xtremepush-access";
import type { TrustedActorCreate } from "xtremepush-access/schemas";
import { assertProblem, callerOf } from "../../support/backend/api";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { type IdTokenIssuer, startIdTokenIssuer } from "../../support/backend/id-token-issuer";

const AUDIENCE = "https://access.acme.example";
const CLAIMS = { repository_id: "42", environment: "production" };

describe("the exchange of ID tokens", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;
  let issuer: IdTokenIssuer;
  let now: Date;

  before(async () => {
    now = new Date();
    issuer = await startIdTokenIssuer();
    backend = await startTestBackend({ clock: () => now, limits: { addressTokens: 10_000 } });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "web" });
    await access.issuers.create({ name: "github", url: issuer.url, audience: AUDIENCE });
    await trust("deploy", CLAIMS);
  });
  after(async () => {
    await backend.close();
    await issuer.close();
  });

  const trust = (name: string, claims: Record<string, string>, more: Partial<TrustedActorCreate> = {}) =>
    access.actors.createTrusted({
      ...{ name, role: "editor", projects: ["web"], trust: { issuer: "github", claims, lifetimeSeconds: 300 } },
      ...more,
    });
  const idToken = (claims: object = {}, options: Parameters<IdTokenIssuer["sign"]>[1] = {}) =>
    issuer.sign({ aud: AUDIENCE, jti: randomUUID(), ...CLAIMS, ...claims }, { now, ...options });
  const refusalOf = async (token: string): Promise<string> => {
    const error = await access.oauth.exchange(token).then(
      () => assert.fail("it was exchanged"),
      (failure: unknown) => failure,
    );
    assert.ok(OAuthError.is(error), String(error));
    assert.equal(error.code, "invalid_grant", error.message);
    return error.detail;
  };

  it("gives the token of the actor that trusts it, which ends", async () => {
    const claims = { ...CLAIMS, jti: randomUUID(), ref: "refs/heads/main", run_id: "7" };
    const answer = await access.oauth.exchange(await idToken(claims));

    assert.deepEqual(
      [answer.issued_token_type, answer.token_type, answer.expires_in],
      ["urn:ietf:params:oauth:token-type:access_token", "Bearer", 300],
    );
    const pipeline = new AccessClient({ endpoint: backend.endpoint, token: answer.access_token });
    assert.equal((await pipeline.actors.own()).name, "deploy");
    const client = await pipeline.clients.create("web", { name: "made by a pipeline" });
    assert.equal(client.createdBy, "deploy");
    await assert.rejects(async () => pipeline.actors.list(), /403/);
    const [exchanged] = (await access.audit.all({ action: "actor.exchange" })).items;
    assert.deepEqual(
      [exchanged?.actor.name, exchanged?.after?.["issuer"], exchanged?.after?.["claims"]],
      ["deploy", "github", claims],
    );

    now = new Date(now.getTime() + 301_000);
    await assert.rejects(pipeline.actors.own(), /the token ended at/);
  });

  it("takes the old and the new form of sub", async () => {
    for (const sub of ["repo:acme/infra:environment:production", "repo:acme@7/infra@42:environment:production"]) {
      await access.oauth.exchange(await idToken({ sub }));
    }
  });

  it("takes an ID token once", async () => {
    const token = await idToken();
    await access.oauth.exchange(token);

    assert.match(await refusalOf(token), /exchanged before/);
    // The last character of a signature of 256 bytes has two bits that say nothing.
    const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const twin = token.slice(0, -1) + alphabet.charAt(alphabet.indexOf(token.slice(-1)) ^ 1);
    assert.match(await refusalOf(twin), /exchanged before/);
  });

  it("takes an ID token again from an issuer whose jobs have one each", async () => {
    const gitlab = await startIdTokenIssuer();
    await access.issuers.create({ name: "gitlab", url: gitlab.url, audience: AUDIENCE, reusable: true });
    const claims = { project_id: "9", ref_protected: "true" };
    await trust("gitlab deploy", {}, { trust: { issuer: "gitlab", claims } });
    const token = await gitlab.sign({ aud: AUDIENCE, project_id: "9", ref_protected: "true" }, { now });

    await access.oauth.exchange(token);
    assert.equal((await access.oauth.exchange(token)).expires_in, 900);
    await gitlab.close();
  });

  it("refuses a token that is not valid, and says why", async () => {
    const other = await startIdTokenIssuer();
    const refusals: [token: string, why: RegExp][] = [
      [await idToken({ aud: "https://elsewhere.example" }), /not for https:\/\/access\.acme\.example/],
      [await idToken({ aud: [AUDIENCE, "https://elsewhere.example"] }), /alone/],
      [await idToken({}, { endsIn: -60 }), /has ended/],
      [await idToken({ nbf: Math.floor(now.getTime() / 1_000) + 120 }), /not valid: "?nbf|not valid: \?nbf/],
      [await other.sign({ aud: AUDIENCE, ...CLAIMS }, { now }), /no issuer http:\/\/127\.0\.0\.1:\d+ is registered/],
      [await other.sign({ aud: AUDIENCE, ...CLAIMS }, { now, issuer: issuer.url }), /no key of .* has signed/],
      [`${(await idToken()).slice(0, -8)}AAAAAAAA`, /no key of .* has signed/],
      [unsigned({ iss: issuer.url, aud: AUDIENCE, ...CLAIMS }, now), /RS256 or ES256/],
      [await signedByPublicKey(issuer, now), /RS256 or ES256/],
      ["text", /not a JWT/],
    ];
    for (const [token, why] of refusals) assert.match(await refusalOf(token), why);
    await other.close();
  });

  it("tells a repository which claim differs, and a stranger nothing about actors", async () => {
    assert.match(
      await refusalOf(await idToken({ environment: "staging" })),
      /for deploy, environment must be production and is staging/,
    );
    assert.match(
      await refusalOf(await idToken({ environment: undefined })),
      /for deploy, environment must be production and is missing/,
    );
    const stranger = await refusalOf(await idToken({ repository_id: "43" }));
    assert.match(stranger, /no actor trusts an ID token of repository_id 43 from github$/);
    assert.ok(!stranger.includes("deploy"));
    assert.match(await refusalOf(await idToken({ repository_id: ["42"] })), /without repository_id or project_id/);
  });

  it("trusts a pull_request_target only by name", async () => {
    assert.match(await refusalOf(await idToken({ event_name: "pull_request_target" })), /event_name/);
    await trust("forks", { repository_id: "77", event_name: "pull_request_target" });

    await access.oauth.exchange(await idToken({ repository_id: "77", event_name: "pull_request_target" }));
  });

  it("gives the actor with the most claims", async () => {
    await trust("reader", { repository_id: "42" }, { role: "viewer" });
    const nameOf = async (token: string) => {
      const { access_token } = await access.oauth.exchange(token);
      return (await new AccessClient({ endpoint: backend.endpoint, token: access_token }).actors.own()).name;
    };

    assert.equal(await nameOf(await idToken()), "deploy");
    assert.equal(await nameOf(await idToken({ environment: "dev" })), "reader");
  });

  it("ends with the actor", async () => {
    const { id } = await trust("short-lived", { repository_id: "55" });
    const { access_token } = await access.oauth.exchange(await idToken({ repository_id: "55" }));
    const pipeline = new AccessClient({ endpoint: backend.endpoint, token: access_token });
    assert.equal((await pipeline.actors.own()).id, id);

    await access.actors.revoke(id);

    await assert.rejects(pipeline.actors.own(), /was revoked/);
    assert.match(await refusalOf(await idToken({ repository_id: "55" })), /no actor trusts/);
  });

  it("finds a new key, asks at most twice a minute, and goes on while the issuer is away", async () => {
    await access.oauth.exchange(await idToken());
    await issuer.rotate();
    now = new Date(now.getTime() + 31_000);
    await access.oauth.exchange(await idToken());
    const fetches = issuer.fetches();
    for (let count = 0; count < 5; count++) {
      const other = await startIdTokenIssuer();
      await other.rotate();
      await other.rotate();
      await other.rotate();
      await refusalOf(await other.sign({ aud: AUDIENCE, ...CLAIMS }, { now, issuer: issuer.url }));
      await other.close();
    }
    assert.equal(issuer.fetches(), fetches);

    for (const broken of [
      { status: 500, body: "" },
      { status: 302, headers: { location: "http://127.0.0.1:1/" }, body: "" },
      { status: 200, body: "x".repeat(300_000) },
      { status: 200, body: '{"issuer":"https://elsewhere.example","jwks_uri":"https://elsewhere.example/keys"}' },
    ]) {
      issuer.break(broken);
      now = new Date(now.getTime() + 11 * 60_000);
      await access.oauth.exchange(await idToken());
    }
    now = new Date(now.getTime() + 25 * 3_600_000);
    const failure = await new AccessClient({ endpoint: backend.endpoint, maxRetries: 0 }).oauth
      .exchange(await idToken())
      .catch((error: unknown) => error);
    assert.ok(OAuthError.is(failure));
    assert.deepEqual([failure.code, failure.status], ["temporarily_unavailable", 503]);
    issuer.break(null);
    now = new Date(now.getTime() + 31_000);
    await access.oauth.exchange(await idToken());
  });

  it("refuses what RFC 8693 has and this backend has not", async () => {
    const exchange = async (more: Readonly<Record<string, string>>) => {
      const form = {
        grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
        subject_token: await idToken(),
        subject_token_type: "urn:ietf:params:oauth:token-type:id_token",
        ...more,
      };
      const answer = await fetch(`${backend.endpoint}/api/oauth/token`, {
        method: "POST",
        body: new URLSearchParams(form),
      });
      const { error = "given" } = (await answer.json()) as { error?: string };
      return [answer.status, error];
    };

    assert.deepEqual(await exchange({ resource: "http://127.0.0.1" }), [200, "given"]);
    assert.deepEqual(await exchange({ subject_token: "" }), [400, "invalid_request"]);
    assert.deepEqual(await exchange({ subject_token_type: "text" }), [400, "invalid_request"]);
    assert.deepEqual(await exchange({ requested_token_type: "text" }), [400, "invalid_request"]);
    assert.deepEqual(await exchange({ actor_token: "text" }), [400, "invalid_request"]);
    assert.deepEqual(await exchange({ scope: "list:profile" }), [400, "invalid_scope"]);
    assert.deepEqual(await exchange({ audience: "https://elsewhere.example" }), [400, "invalid_target"]);
  });

  it("keeps the bounds of the actor that makes the trust", async () => {
    const bound = callerOf(
      backend.endpoint,
      await backend.makeActor("admin", undefined, { name: "bound", ceiling: ["list:tag"] }),
    );
    const trusted = { issuer: "github", claims: { repository_id: "1" } };
    const body = { name: "above", role: "editor", projects: ["web"], trust: trusted };

    assertProblem(await bound("POST /v1/trusted-actors", { body }), "above_ceiling");
    const unknown = await callerOf(backend.endpoint, backend.adminToken)("POST /v1/trusted-actors", {
      body: { ...body, trust: { ...trusted, issuer: "nobody" } },
    });
    assertProblem(unknown, "issuer_not_found");
  });

  it("refuses rules that a rename or another service could meet", async () => {
    const wrong: [claims: Record<string, string>, why: RegExp][] = [
      [{ repository: "acme/infra" }, /repository_id or project_id, a number/],
      [{ repository_id: "acme" }, /repository_id or project_id, a number/],
      [{ repository_id: "42", sub: "repo:acme/infra:ref:refs/heads/main" }, /no rule compares sub/],
      [{ repository_id: "42", ref: "refs/heads/release-*" }, /must not contain \*/],
      [{ repository_id: "42", environment: "" }, /must have a value/],
    ];
    for (const [claims, why] of wrong) await assert.rejects(trust("wrong", claims), why);
    for (const audience of ["sts.amazonaws.com", "https://github.com/acme", "two words"]) {
      await assert.rejects(
        access.issuers.create({ name: "other", url: "https://other.example", audience }),
        /audience/,
      );
    }
    for (const url of ["http://issuer.example", "https://user@issuer.example", "https://issuer.example?x"]) {
      await assert.rejects(access.issuers.create({ name: "other", url, audience: AUDIENCE }), /url/);
    }
  });
});

describe("issuers", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let access: AccessClient;

  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
  });
  after(() => backend.close());

  it("are registered, listed and removed when no actor trusts them", async () => {
    const issuer = { name: "github", url: "https://token.example", audience: AUDIENCE };
    await access.issuers.create(issuer);
    await assert.rejects(access.issuers.create(issuer), /the issuer github exists/);
    await assert.rejects(access.issuers.create({ ...issuer, name: "other" }), /another issuer has the URL/);
    const trust = { issuer: "github", claims: { repository_id: "1" } };
    const { id } = await access.actors.createTrusted({ name: "ci", role: "admin", trust });
    const { items } = await access.actors.list();
    assert.deepEqual(items.at(-1)?.trust, { ...trust, lifetimeSeconds: 900 });

    const own = await access.actors.own();
    await assert.rejects(access.actors.revoke(own.id), /the last admin/);
    await assert.rejects(access.actors.rotate(id), /has no token of its own/);
    await assert.rejects(access.issuers.remove("github"), /the actor ci would get no token/);
    await access.actors.revoke(id);
    const ends = { name: "ends", role: "admin", trust, expiresTime: new Date(Date.now() + 400).toISOString() } as const;
    const ended = await access.actors.createTrusted(ends);
    await wait(500);
    await access.issuers.remove("github");

    await assert.rejects(access.actors.rotate(ended.id, { expiresTime: "2999-01-01T00:00:00.000Z" }), /no live actor/);
    assert.deepEqual(await access.issuers.list(), []);
    await assert.rejects(access.issuers.remove("github"), /there is no issuer github/);
  });
});

describe("the rotation of an actor's token", function () {
  this.timeout(30_000);
  let backend: TestBackend;
  let access: AccessClient;
  let now = new Date();

  before(async () => {
    backend = await startTestBackend({ clock: () => now });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "web" });
  });
  after(() => backend.close());

  const works = async (token: string) => (await callerOf(backend.endpoint, token)("GET /v1/actor")).status === 200;
  const make = (name: string, expiresTime?: string) =>
    access.actors.create({
      name,
      role: "viewer",
      projects: ["web"],
      ...(expiresTime !== undefined && { expiresTime }),
    });

  it("ends the token of before at once, or after the overlap", async () => {
    const first = await make("ci");
    const second = await access.actors.rotate(first.id, { overlap: "1h" });
    assert.deepEqual([await works(first.token), await works(second.token)], [true, true]);
    now = new Date(now.getTime() + 3_601_000);
    assert.deepEqual([await works(first.token), await works(second.token)], [false, true]);

    const third = await access.actors.rotate(first.id);
    assert.deepEqual([await works(second.token), await works(third.token)], [false, true]);
    assert.equal(third.name, "ci");
  });

  it("ends those of earlier overlaps no later than the last one", async () => {
    const first = await make("twice");
    await access.actors.rotate(first.id, { overlap: "24h" });
    const third = await access.actors.rotate(first.id, { overlap: "1m" });
    now = new Date(now.getTime() + 61_000);
    assert.deepEqual([await works(first.token), await works(third.token)], [false, true]);
  });

  it("ends those of before, too, without an overlap, and all with the actor", async () => {
    const first = await make("leaked");
    const second = await access.actors.rotate(first.id, { overlap: "1h" });
    const third = await access.actors.rotate(first.id);
    assert.deepEqual(
      [await works(first.token), await works(second.token), await works(third.token)],
      [false, false, true],
    );
    const fourth = await access.actors.rotate(first.id, { overlap: "1h" });
    await access.actors.revoke(first.id);
    assert.deepEqual([await works(third.token), await works(fourth.token)], [false, false]);
    await assert.rejects(access.actors.rotate(first.id), /no live actor/);
  });

  it("is refused for an actor that has ended, until it gets another end: its new token would be dead", async () => {
    const { id } = await make("ended", new Date(now.getTime() + 60_000).toISOString());
    now = new Date(now.getTime() + 61_000);

    await assert.rejects(access.actors.rotate(id), /the actor ended ended at \S+, .* give it an end in the future/);
    const expiresTime = new Date(now.getTime() + 60_000).toISOString();
    assert.ok(await works((await access.actors.rotate(id, { overlap: "1h", expiresTime })).token));
  });

  it("moves the end, but not that of the token of before", async () => {
    const soon = new Date(now.getTime() + 60_000).toISOString();
    const later = new Date(now.getTime() + 86_400_000).toISOString();
    const first = await make("ending", soon);

    const second = await access.actors.rotate(first.id, { overlap: "1h", expiresTime: later });

    assert.equal(second.expiresTime, later);
    now = new Date(now.getTime() + 61_000);
    assert.deepEqual([await works(first.token), await works(second.token)], [false, true]);
  });
});

function unsigned(claims: object, now: Date): string {
  const issued = Math.floor(now.getTime() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part({ alg: "none" })}.${part({ iat: issued, exp: issued + 300, ...claims })}.`;
}

/** The public key as the secret of an HMAC: the classic confusion of algorithms. */
async function signedByPublicKey(issuer: IdTokenIssuer, now: Date): Promise<string> {
  const { keys } = (await (await fetch(`${issuer.url}/keys`)).json()) as { keys: [JWK] };
  const key = createPublicKey({ key: keys[0], format: "jwk" });
  const issued = Math.floor(now.getTime() / 1_000);
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "HS256" })}.${part({ iss: issuer.url, aud: AUDIENCE, iat: issued, exp: issued + 300, ...CLAIMS })}`;
  const secret = key.export({ type: "spki", format: "pem" });
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
