import assert from "node:assert/strict";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { claimsAt, signJwt } from "../../support/backend/assertions";
import { listenOn, startTestBackend, type TestBackend, type TestBackendOptions } from "../../support/backend/backend";
import { readSeries } from "../../support/backend/metrics";
import {
  clientAssertionForm,
  grantForm,
  makeGrantedClient,
  makeKeyClient,
  postForm,
  type RawAnswer,
  tokenForm,
} from "../../support/backend/oauth";
import { recordStatements } from "../../support/backend/statements";
import { until } from "../../support/process/until";
import { makeKeyPair } from "../../support/sdk/certificates";

const START = Date.parse("2030-05-01T12:00:00.000Z");
const LIMITS = { clientTokens: 2, addressTokens: 1_000 };
const ENDPOINTS = ["token", "revoke", "introspect"] as const;

/** The answers to requests one after the other. */
async function inTurn(count: number, send: (index: number) => Promise<RawAnswer>): Promise<RawAnswer[]> {
  const answers: RawAnswer[] = [];
  for (let index = 0; index < count; index++) answers.push(await send(index));
  return answers;
}
/** Headers of a request that a proxy passes on. */
const from = (address: string) => ({ "x-forwarded-for": address });
const ATTACKER = "203.0.113.66";
const statusOf = ({ status }: RawAnswer) => status;

describe("the limit of guesses", function () {
  this.timeout(60_000);
  let now: number;
  let backend: TestBackend;
  const start = async (options: TestBackendOptions = {}): Promise<void> => {
    now = START;
    backend = await startTestBackend({ clock: () => new Date(now), limits: LIMITS, ...options });
  };
  const urlOf = (endpoint: (typeof ENDPOINTS)[number]) => `${backend.endpoint}/api/oauth/${endpoint}`;
  const sign = (id: string, privateKey: string) =>
    signJwt({ alg: "ES256" }, claimsAt(new Date(now), id, "http://127.0.0.1"), privateKey);

  afterEach(() => backend.close());

  for (const endpoint of ENDPOINTS) {
    it(`at one client holds at ${endpoint}`, async () => {
      await start();
      const client = await makeGrantedClient(backend, ["list:profile"]);

      const answers = await inTurn(8, () =>
        postForm(urlOf(endpoint), tokenForm({ ...client, secret: makeSecret("xpcs") }, { token: "x" })),
      );

      assert.deepEqual(answers.map(statusOf), [401, 401, 429, 429, 429, 429, 429, 429]);
      assert.equal(answers[2]?.body["error"], "temporarily_unavailable");
      assert.match(
        String(answers[2]?.body["error_description"]),
        /^too many wrong secrets or assertions .*: wait 10 s$/,
      );
      assert.equal(answers[2]?.headers.get("retry-after"), "10");
    });
  }

  it("is counted in the metrics, and so are the errors by their code", async () => {
    await start({ publicMetrics: true });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    await inTurn(5, () => postForm(urlOf("token"), tokenForm({ ...client, secret: makeSecret("xpcs") })));
    await postForm(urlOf("revoke"), "token=x");

    const series = readSeries(await (await fetch(`${backend.endpoint}/metrics`)).text());

    const errors = 'xtremepush_access_oauth_errors_total{route="/api/oauth/';
    assert.equal(series.get('xtremepush_access_client_guesses_total{result="wrong"}'), 2);
    assert.equal(series.get('xtremepush_access_client_guesses_total{result="limited"}'), 3);
    assert.equal(series.get(`${errors}token",status="401",error="invalid_client"}`), 2);
    assert.equal(series.get(`${errors}token",status="429",error="temporarily_unavailable"}`), 3);
    assert.equal(series.get(`${errors}revoke",status="401",error="invalid_client"}`), 1);
  });

  it("does not keep the true reason from the log", async () => {
    const lines: string[] = [];
    await start({ log: { level: "warn", stream: { write: (line) => void lines.push(line) } } });
    const client = await makeGrantedClient(backend, ["list:profile"]);

    await inTurn(3, () => postForm(urlOf("token"), tokenForm({ ...client, secret: makeSecret("xpcs") })));
    await until(() => lines.filter((line) => line.includes("refused a client")).length === 3);

    const { status, error, reason } = JSON.parse(lines.at(-1) ?? "");
    assert.deepEqual([status, error], [429, "temporarily_unavailable"]);
    assert.match(reason, /^the secret is not a live one of the client/);
  });

  it("is one for all endpoints and all addresses", async () => {
    await start({ trustedProxies: ["127.0.0.1"] });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const form = tokenForm({ ...client, secret: makeSecret("xpcs") }, { token: "x" });

    const answers = [];
    for (const [index, endpoint] of ENDPOINTS.entries()) {
      answers.push(await postForm(urlOf(endpoint), form, { "x-forwarded-for": `203.0.113.${index}` }));
    }

    assert.deepEqual(answers.map(statusOf), [401, 401, 429]);
  });

  it("holds for guesses at the same time", async () => {
    await start();
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const forms = Array.from({ length: 8 }, () => tokenForm({ ...client, secret: makeSecret("xpcs") }));

    const answers = await Promise.all(forms.map((form) => postForm(urlOf("token"), form)));

    assert.deepEqual(answers.map(statusOf).sort(), [401, 401, 429, 429, 429, 429, 429, 429]);
  });

  it("holds for assertions that no key of the client has signed", async () => {
    await start();
    const client = await makeKeyClient(backend, ["list:profile"]);
    const other = await makeKeyPair();

    const answers = await inTurn(4, (index) => {
      const wrong = sign(client.id, other.privateKey);
      return postForm(urlOf("token"), index % 2 === 0 ? grantForm(wrong) : clientAssertionForm(wrong));
    });

    assert.deepEqual(answers.map(statusOf), [400, 401, 429, 429]);
  });

  it("keeps out no secret or key that is right, also one that has never worked here", async () => {
    await start();
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const keyed = await makeKeyClient(backend, ["list:profile"]);
    const other = await makeKeyPair();
    await inTurn(3, () => postForm(urlOf("token"), tokenForm({ ...client, secret: makeSecret("xpcs") })));
    await inTurn(3, () => postForm(urlOf("token"), grantForm(sign(keyed.id, other.privateKey))));

    const bySecret = await postForm(urlOf("token"), tokenForm(client));
    const byKey = await postForm(urlOf("token"), grantForm(sign(keyed.id, keyed.privateKey)));
    const wrong = await postForm(urlOf("token"), tokenForm({ ...client, secret: makeSecret("xpcs") }));

    assert.deepEqual([bySecret.status, byKey.status, wrong.status], [200, 200, 429]);
  });

  it("from one address lets through a secret and a key that have worked here before", async () => {
    await start({ limits: { clientTokens: 2, addressTokens: 6 }, trustedProxies: ["127.0.0.1"] });
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const keyed = await makeKeyClient(backend, ["list:profile"]);
    await postForm(urlOf("introspect"), tokenForm(client, { token: "x" }), from("203.0.113.1"));
    await postForm(urlOf("token"), grantForm(sign(keyed.id, keyed.privateKey)), from("203.0.113.1"));
    await inTurn(7, () =>
      postForm(
        urlOf("introspect"),
        tokenForm({ ...client, secret: makeSecret("xpcs") }, { token: "x" }),
        from(ATTACKER),
      ),
    );

    const bySecret = await postForm(urlOf("token"), tokenForm(client), from(ATTACKER));
    const byKey = await postForm(urlOf("token"), grantForm(sign(keyed.id, keyed.privateKey)), from(ATTACKER));

    assert.deepEqual([bySecret.status, byKey.status], [200, 200]);
  });

  it("from one address bounds the work: what has not worked here before is not looked at until the guesses end", async () => {
    now = START;
    backend = await startTestBackend({ clock: () => new Date(now) });
    const { db, statements } = recordStatements(backend.database.db);
    const limits = { clientTokens: 2, addressTokens: 3 };
    const recorded = await listenOn({ ...backend.database, db }, { clock: () => new Date(now), limits });
    const url = `${recorded.endpoint}/api/oauth/introspect`;
    const client = await makeGrantedClient(backend, ["list:profile"]);
    const guess = () => postForm(url, tokenForm({ ...client, secret: makeSecret("xpcs") }, { token: "x" }));
    await inTurn(3, guess);
    statements.splice(0);

    const during = [...(await inTurn(20, guess)), await postForm(url, tokenForm(client, { token: "x" }))];
    const read = statements.splice(0);
    now += 10_000;
    const after = await postForm(url, tokenForm(client, { token: "x" }));

    await recorded.close();
    assert.deepEqual([...new Set(during.map(statusOf))], [429]);
    assert.deepEqual(read, []);
    assert.equal(after.status, 200);
  });

  it("tells a key's own client what is wrong with its assertion, also after guesses", async () => {
    await start();
    const client = await makeKeyClient(backend, ["list:profile"]);
    const other = await makeKeyPair();
    await postForm(urlOf("token"), grantForm(sign(client.id, client.privateKey)));
    await inTurn(3, () => postForm(urlOf("token"), grantForm(sign(client.id, other.privateKey))));
    const claims = { ...claimsAt(new Date(now), client.id, "http://127.0.0.1"), exp: now / 1_000 - 3_600 };

    const { body } = await postForm(urlOf("token"), grantForm(signJwt({ alg: "ES256" }, claims, client.privateKey)));

    assert.match(String(body["error_description"]), /its exp must be a time in the next hour/);
  });

  it("from one address holds whichever clients it tries, also where secrets are not limited by address", async () => {
    await start({ limits: { clientTokens: 2, addressTokens: 3 } });
    const client = await makeGrantedClient(backend, ["list:profile"]);

    const answers = await inTurn(5, () =>
      postForm(urlOf("introspect"), tokenForm({ ...client, id: makeIdentifier("xpc") }, { token: "x" })),
    );

    assert.deepEqual(answers.map(statusOf), [401, 401, 401, 429, 429]);
  });

  it("does not tell whether a client exists, by its answers or its work", async () => {
    await start();
    const { db, statements } = recordStatements(backend.database.db);
    const recorded = await listenOn({ ...backend.database, db }, { clock: () => new Date(now), limits: LIMITS });
    const url = `${recorded.endpoint}/api/oauth/token`;
    const client = await makeGrantedClient(backend, ["list:profile"]);
    await postForm(url, tokenForm(client));
    const attempt = async (id: string) => {
      statements.splice(0);
      const answers = await inTurn(4, () => postForm(url, tokenForm({ ...client, id, secret: makeSecret("xpcs") })));
      const seen = answers.map(({ status, body, headers }) => [status, body, [...headers.keys()]]);
      return { seen, statements: statements.splice(0) };
    };

    const known = await attempt(client.id);
    const unknown = await attempt(makeIdentifier("xpc"));

    await recorded.close();
    assert.equal(known.statements.length, 4);
    assert.deepEqual(unknown, known);
  });
});
