import assert from "node:assert/strict";
import { inspect } from "node:util";
import { AccessClient, AccessError } from "xtremepush-access";
import { BACKEND, CLIENT_ID, problem } from "../../support/backend/management-answers";
import { randomClientSecret, randomToken } from "../../support/sdk/random-secrets";
import { reachableTexts } from "../../support/sdk/reachable-texts";
import { refusingProxies } from "../../support/sdk/refusing-proxy";
import { type Step, scriptedServers } from "../../support/sdk/scripted-server";

const FAILURES: Readonly<Record<string, Step>> = {
  "a refusal": problem(401, "unauthenticated"),
  "a conflict": problem(409, "name_taken"),
  "a revision that does not match": problem(412, "revision_mismatch"),
  "a rate limit": { ...problem(429, "rate_limited"), headers: { "retry-after": "3600" } },
  "a failure of the backend": problem(500, "internal"),
  "a redirect": { status: 307, headers: { location: "https://elsewhere.example.com" } },
  HTML: { body: "<html>", headers: { "content-type": "text/html" } },
  "a body that does not fit": { body: { id: 1 } },
  "half an answer": { body: BACKEND, cutAfter: 5 },
  "no answer": { cutAfter: 0 },
  "an answer too late": { body: BACKEND, delayMs: 5_000 },
  "compressed garbage": { body: "not gzip", headers: { "content-encoding": "gzip" } },
};

/** What the call rejects with, or nothing when it does not. */
async function rejectionOf(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    () => undefined,
    (error: unknown) => error,
  );
}

describe("no token, secret or body is in an error", () => {
  const serve = scriptedServers();
  const useProxy = refusingProxies();

  for (const [failure, step] of Object.entries(FAILURES)) {
    it(`after ${failure}`, async () => {
      const server = await serve(step);
      const [token, clientSecret, description] = [randomToken(), randomClientSecret(), randomToken()];
      const access = new AccessClient({ endpoint: server.endpoint, token, timeoutMs: 80, maxRetries: 0 });

      const errors = await Promise.all(
        [
          access.backend.get(),
          access.clients.update("retail", CLIENT_ID, { description }, { ifMatch: 1 }),
          access.oauth.token({ clientId: CLIENT_ID, clientSecret }),
          access.oauth.token({ assertion: clientSecret }),
          access.oauth.token({ clientAssertion: clientSecret }),
          access.oauth.introspect(clientSecret),
        ].map(rejectionOf),
      );

      for (const error of errors) {
        assert.ok(AccessError.is(error), inspect(error));
        assert.equal(typeof error.code, "string");
        const texts = reachableTexts(error);
        const basic = Buffer.from(`${CLIENT_ID}:${clientSecret}`).toString("base64");
        for (const secret of [token, clientSecret, description, basic, "Bearer", "Basic"]) {
          assert.equal(texts.includes(secret), false, error.message);
        }
      }
    });
  }

  it("when nobody listens", async () => {
    const token = randomToken();
    const access = new AccessClient({ endpoint: "http://127.0.0.1:1", token, maxRetries: 0 });

    const error = await rejectionOf(access.backend.get());

    assert.ok(AccessError.is(error));
    assert.equal(reachableTexts(error).includes(token), false);
  });

  it("when the caller gives up", async () => {
    const server = await serve({ body: BACKEND, delayMs: 5_000 });
    const token = randomToken();
    const access = new AccessClient({ endpoint: server.endpoint, token });

    const error = await rejectionOf(access.backend.get({ signal: AbortSignal.timeout(30) }));

    assert.ok(AccessError.is(error));
    assert.equal(error.code, "aborted");
    assert.equal(reachableTexts(error).includes(token), false);
  });

  it("when a server echoes them", async () => {
    const [token, clientSecret] = [randomToken(), randomClientSecret()];
    const echo = problem(400, "validation_failed", {
      detail: `you sent ${token} and ${clientSecret}`,
      errors: [{ field: token, message: clientSecret }],
    });
    const refusal = { status: 401, body: { error: "invalid_client", error_description: clientSecret } };
    const server = await serve(echo, refusal, refusal, refusal);
    const access = new AccessClient({ endpoint: server.endpoint, token, maxRetries: 0 });

    const fromManagement = await rejectionOf(access.oauth.introspect(clientSecret));
    const fromOAuth = [
      await rejectionOf(access.oauth.token({ clientId: CLIENT_ID, clientSecret })),
      await rejectionOf(access.oauth.token({ assertion: clientSecret })),
      await rejectionOf(access.oauth.token({ clientAssertion: clientSecret })),
    ];

    assert.ok(AccessError.is(fromManagement) && fromOAuth.every((error) => AccessError.is(error)));
    assert.equal(fromManagement.detail, "you sent [secret] and [secret]");
    const texts = [fromManagement, ...fromOAuth].map(reachableTexts).join("");
    assert.doesNotMatch(texts, new RegExp(`${token}|${clientSecret}`));
  });

  it("when the input was refused before it was sent", async () => {
    const [token, clientSecret] = [randomToken(), randomClientSecret()];
    const access = new AccessClient({ endpoint: "http://127.0.0.1:1", token });
    const request: { clientId: string; clientSecret: string } = { clientId: "", clientSecret };

    const error = await rejectionOf(access.oauth.token(request));

    assert.ok(AccessError.is(error));
    assert.equal(error.message, "oauth.token: clientId: Too small: expected string to have >=1 characters");
    assert.equal(reachableTexts(error).includes(clientSecret), false);
  });

  it("when the token could not be sent at all", () => {
    const token = `${randomToken()}\nX-Other: 1`;

    assert.throws(
      () => new AccessClient({ endpoint: "http://127.0.0.1:1", token }),
      (error: unknown) => {
        assert.match(String(error), /token: must be one word of printable ASCII/);
        return !reachableTexts(error).includes(token.slice(0, 20));
      },
    );
  });

  it("when a proxy refuses, nor is the token shown to the proxy", async () => {
    const proxy = await useProxy();
    const token = randomToken();
    const access = new AccessClient({ endpoint: "https://access.example.com", token, maxRetries: 0 });

    const error = await rejectionOf(access.backend.get());

    assert.ok(AccessError.is(error));
    assert.equal(reachableTexts(error).includes(token), false);
    assert.equal(proxy.asked.length, 1);
    assert.match(proxy.asked[0] ?? "", /^CONNECT access\.example\.com:443 /);
    assert.doesNotMatch(proxy.asked[0] ?? "", new RegExp(token));
  });
});

describe("the environment's proxies", () => {
  const serve = scriptedServers();
  const useProxy = refusingProxies();

  it("never see a call to this machine", async () => {
    const server = await serve({ body: BACKEND });
    const proxy = await useProxy();

    await new AccessClient({ endpoint: server.endpoint, token: randomToken() }).backend.get();

    assert.deepEqual(proxy.asked, []);
    assert.equal(server.requests.length, 1);
  });
});

describe("an AccessClient", () => {
  it("does not show its token", () => {
    const token = randomToken();

    const access = new AccessClient({ endpoint: "http://127.0.0.1:1", token });

    assert.equal(reachableTexts(access).includes(token), false);
    assert.equal(reachableTexts({ ...access }).includes(token), false);
  });
});

describe("the texts that are reachable", () => {
  it("are found wherever they hide", () => {
    const token = randomToken();
    const cause = Object.defineProperty(new Error("x"), "config", { value: { headers: new Map([["a", token]]) } });
    const hidden = Object.defineProperty({}, Symbol("s"), { value: { deep: [token] } });

    assert.equal(reachableTexts(new Error("x", { cause })).includes(token), true);
    assert.equal(reachableTexts(hidden).includes(token), true);
    assert.equal(reachableTexts(Object.create({ inherited: token })).includes(token), true);
    assert.equal(reachableTexts(new Error("x")).includes(token), false);
  });
});
