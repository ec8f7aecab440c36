import assert from "node:assert/strict";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { claimsAt, signJwt } from "../../support/backend/assertions";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import {
  basicAuthorization,
  clientAssertionForm,
  type GrantedClient,
  grantForm,
  type KeyClient,
  makeGrantedClient,
  makeKeyClient,
  postForm,
  type RawAnswer,
  tokenForm,
} from "../../support/backend/oauth";
import { until } from "../../support/process/until";
import { makeKeyPair } from "../../support/sdk/certificates";

const LIVE =
  "the secret is not a live one of the client: it was replaced, has ended, or belongs to another client or backend";
const TYPO = "the secret is not a client secret (xpcs_ and 49 characters), or has a typo";
const UNKNOWN = "no client has this ID, or the client was deleted";

/** What `presented-client.ts` reads of a request, and what `answer-error.ts` and `request-log.ts` make of it. */
describe("the log of a refused client", function () {
  this.timeout(60_000);
  const lines: string[] = [];
  let backend: TestBackend;
  let client: GrantedClient;
  let keyed: KeyClient;
  let url: string;

  before(async () => {
    const stream = { write: (line: string) => void lines.push(line) };
    backend = await startTestBackend({ log: { level: "warn", stream }, trustedProxies: ["127.0.0.1"] });
    url = `${backend.endpoint}/api/oauth/token`;
    client = await makeGrantedClient(backend, ["list:profile"]);
    keyed = await makeKeyClient(backend, ["list:profile"]);
  });
  after(() => backend.close());
  beforeEach(() => void lines.splice(0));

  const lineOf = async ({ headers }: RawAnswer): Promise<Record<string, unknown>> => {
    const isOf = (line: string) => line.includes(headers.get("x-request-id") ?? "no id");
    await until(() => lines.some(isOf));
    return JSON.parse(lines.find(isOf) ?? "");
  };
  const sign = (id: string, privateKey: string) =>
    signJwt({ alg: "ES256" }, claimsAt(new Date(), id, "http://127.0.0.1"), privateKey);

  it("has the true reason, where the answers are equal", async () => {
    const unknown = makeIdentifier("xpc");
    const noSecret = { ...client, id: keyed.id };
    const forms = [
      tokenForm({ ...client, id: unknown }),
      tokenForm({ ...client, secret: makeSecret("xpcs") }),
      tokenForm({ ...client, secret: `${client.secret.slice(0, -1)}-` }),
      tokenForm(noSecret),
    ];

    const answers = await Promise.all(forms.map((form) => postForm(url, form)));

    const logged = await Promise.all(answers.map(lineOf));
    assert.deepEqual(
      logged.map((line) => [line["client"], line["reason"]]),
      [
        [unknown, UNKNOWN],
        [client.id, LIVE],
        [client.id, TYPO],
        [keyed.id, "the client has no live secret"],
      ],
    );
    assert.deepEqual(
      new Set(logged.map(({ msg, error, status }) => [msg, error, status].join())),
      new Set(["refused a client,invalid_client,401"]),
    );
    assert.equal(new Set(answers.map(({ body }) => JSON.stringify(body))).size, 1);
    assert.equal(new Set(answers.map(({ headers }) => [...headers.keys()].join())).size, 1);
  });

  it("has the true reason of a wrong assertion, and its iss", async () => {
    const other = await makeKeyPair();
    const unknown = makeIdentifier("xpc");
    const forms = [
      grantForm(sign(unknown, other.privateKey)),
      grantForm(sign(keyed.id, other.privateKey)),
      grantForm(sign(client.id, other.privateKey)),
      clientAssertionForm(signJwt({ alg: "ES256", kid: "other" }, claimsAt(new Date(), keyed.id), keyed.privateKey)),
    ];

    const answers = await Promise.all(forms.map((form) => postForm(url, form)));

    const logged = await Promise.all(answers.map(lineOf));
    assert.deepEqual(
      logged.map((line) => [line["client"], line["reason"]]),
      [
        [unknown, UNKNOWN],
        [keyed.id, "no key of the client has signed the assertion"],
        [client.id, "the client has no key"],
        [keyed.id, "no key of the client takes the algorithm of the assertion and has its kid"],
      ],
    );
    assert.equal(new Set(answers.map(({ body }) => body["error_description"])).size, 1);
  });

  it("is that of the other endpoints, too, and of a client that asks for too much", async () => {
    const basic = basicAuthorization(client.id, makeSecret("xpcs"));

    const answers = [
      await postForm(`${backend.endpoint}/api/oauth/introspect`, "token=x", basic),
      await postForm(`${backend.endpoint}/api/oauth/revoke`, "token=x", basic),
      await postForm(url, tokenForm(client, { scope: "delete:everything" })),
    ];

    const logged = await Promise.all(answers.map(lineOf));
    assert.deepEqual(
      logged.map((line) => [line["client"], line["error"], line["reason"]]),
      [
        [client.id, "invalid_client", LIVE],
        [client.id, "invalid_client", LIVE],
        [client.id, "invalid_scope", "not granted to the client: delete:everything"],
      ],
    );
  });

  it("shows strangers' text escaped and short, and no secret that is in the wrong place", async () => {
    const hostile = await postForm(url, tokenForm({ ...client, id: `\u001b[31m${"a".repeat(500)}` }));
    const swapped = await postForm(url, tokenForm({ ...client, id: client.secret, secret: client.id }));
    const scope = await postForm(url, tokenForm(client, { scope: client.secret }));
    const nobody = await postForm(url, "grant_type=client_credentials");

    const logged = await Promise.all([hostile, swapped, scope, nobody].map(lineOf));
    assert.deepEqual(
      logged.map((line) => line["client"]),
      [`\\u{1b}[31m${"a".repeat(49)}…`, "xpcs_…", client.id, null],
    );
    assert.equal(lines.join("").includes(client.secret), false);
  });

  it("has the caller's address, which a trusted proxy forwards", async () => {
    const form = tokenForm({ ...client, secret: makeSecret("xpcs") });

    const forwarded = await postForm(url, form, { "x-forwarded-for": "203.0.113.7" });
    const hostile = await postForm(url, form, { "x-forwarded-for": "\u00a0\u009b31m" });

    assert.equal((await lineOf(forwarded))["address"], "203.0.113.7");
    assert.equal(/[\u007f-\u00a0]/.test(lines.join("")), false);
    assert.equal(hostile.status, 401);
  });
});
