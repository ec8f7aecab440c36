import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { AccessClient, OAuthError } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { type IdTokenIssuer, type SignOptions, startIdTokenIssuer } from "../../support/backend/id-token-issuer";

const AUDIENCE = "https://access.acme.example";
const CLAIMS = { repository_id: "42" };

describe("the ID token of an exchange", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;
  let issuer: IdTokenIssuer;
  let now: Date;

  before(async () => {
    now = new Date();
    backend = await startTestBackend({ clock: () => now, limits: { addressTokens: 10_000 } });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken, maxRetries: 0 });
    await access.projects.create({ slug: "web" });
  });
  after(() => backend.close());

  // The keys of an issuer are kept, so each test has its own.
  beforeEach(async () => {
    issuer = await startIdTokenIssuer();
    const name = `issuer${new URL(issuer.url).port}`;
    await access.issuers.create({ name, url: issuer.url, audience: AUDIENCE });
    const trust = { issuer: name, claims: CLAIMS };
    await access.actors.createTrusted({ name: `deploy ${name}`, role: "editor", projects: ["web"], trust });
  });
  afterEach(() => issuer.close());

  const idToken = (claims: object = {}, options: SignOptions = {}) =>
    issuer.sign({ aud: AUDIENCE, jti: randomUUID(), ...CLAIMS, ...claims }, { now, ...options });
  const exchange = async (token: string) => access.oauth.exchange(token);
  const refusalOf = async (token: string): Promise<string> => {
    const error = await exchange(token).then(
      () => assert.fail("it was exchanged"),
      (failure: unknown) => failure,
    );
    assert.ok(OAuthError.is(error), String(error));
    assert.deepEqual([error.code, error.status], ["invalid_grant", 400], error.message);
    return error.detail;
  };
  const pass = (seconds: number) => {
    now = new Date(now.getTime() + seconds * 1_000);
  };

  it("is of the type JWT or of none", async () => {
    for (const typ of [undefined, "JWT", "jwt", "application/jwt"]) {
      await exchange(await idToken({}, { header: { typ } }));
    }
  });

  it("is no token of another type", async () => {
    for (const typ of ["at+jwt", "logout+jwt", "application/secevent+jwt", "", 7, null]) {
      assert.match(await refusalOf(await idToken({}, { header: { typ } })), /typ.* an ID token has JWT, or none/);
    }
  });

  it("ends at a time that a calendar has", async () => {
    for (const exp of [1e20, 8.64e12, 253_402_300_800]) {
      assert.match(await refusalOf(await idToken({ exp })), /exp is too far ahead/);
    }
    await exchange(await idToken({ exp: 253_402_214_400 }));
  });

  it("has texts that a database can keep, or is of no known issuer", async () => {
    const name = (await access.issuers.list()).find(({ url }) => url === issuer.url)?.name;
    assert.match(await refusalOf(await idToken({ iss: "https://a\u0000.example" })), /no issuer .* is registered/);
    assert.match(await refusalOf(await idToken({ repository_id: "4\u00002" })), new RegExp(`from ${name}$`));
    await exchange(await idToken({ ref: "refs/heads/a\u0000b\ud800" }));
  });

  it("is signed with a key of 2048 bits at least", async () => {
    await issuer.rotate({ bits: 1_024 });

    assert.match(await refusalOf(await idToken()), /the key key2 of http.* cannot be used: .*2048 bits/);
  });

  it("is signed with a key that is one", async () => {
    const token = await idToken();
    const { keys } = (await (await fetch(`${issuer.url}/keys`)).json()) as { keys: object[] };
    const discovery = { issuer: issuer.url, jwks_uri: `${issuer.url}/keys`, keys: [{ ...keys[0], n: "!" }] };
    issuer.break({ status: 200, body: JSON.stringify(discovery) });

    assert.match(await refusalOf(token), /the key key1 of http.* cannot be used/);
  });

  it("names its key where the issuer has several", async () => {
    await exchange(await idToken({}, { header: { kid: undefined } }));
    await issuer.rotate({ keep: true });
    pass(601);

    assert.match(await refusalOf(await idToken({}, { header: { kid: undefined } })), /names no key \(kid\).* several/);
    await exchange(await idToken());
  });

  it("names a key that several have, and none is tried", async () => {
    await issuer.rotate({ keep: true, kid: "key1" });

    assert.match(await refusalOf(await idToken()), /several keys of http.* have the kid key1/);
  });

  it("counts at once with another key of the same name, looked for twice a minute at most", async () => {
    await exchange(await idToken());
    await issuer.rotate({ kid: "key1" });
    assert.match(await refusalOf(await idToken()), /no key of .* has signed/);
    pass(31);

    await exchange(await idToken());

    const fetches = issuer.fetches();
    const forged = `${(await idToken()).slice(0, -8)}AAAAAAAA`;
    for (let count = 0; count < 5; count++) await refusalOf(forged);
    pass(31);
    for (let count = 0; count < 5; count++) await refusalOf(forged);
    assert.equal(issuer.fetches(), fetches + 1);
  });
});
