import assert from "node:assert/strict";
import { AccessClient, AuthenticationError, actorToken, OAuthError, pipelineToken } from "xtremepush-access";
import { scriptedServers } from "../../support/sdk/scripted-server";

const ANSWER = { issued_token_type: "urn:ietf:params:oauth:token-type:access_token", token_type: "Bearer" };

describe("the token of a pipeline", () => {
  const serve = scriptedServers();

  const github = (url: string) => ({
    XTREMEPUSH_OIDC: "github",
    ACTIONS_ID_TOKEN_REQUEST_URL: `${url}/token?version=2`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
  });

  it("comes from GitHub's ID token, and is the same until it nears its end", async () => {
    const actions = await serve({ body: { value: "id-token-1" } }, { body: { value: "id-token-2" } });
    const backend = await serve(
      { body: { ...ANSWER, access_token: "one", expires_in: 900 } },
      { body: { id: "b" }, status: 418 },
    );
    const { endpoint } = backend;
    const environment = github(actions.endpoint);
    const token = pipelineToken({ endpoint, environment });
    assert.ok(token !== undefined);

    assert.deepEqual(await Promise.all([token(), token()]), ["one", "one"]);
    assert.equal(pipelineToken({ endpoint, environment }), token);
    await new AccessClient({ endpoint, token }).backend.get().catch(() => {});

    assert.deepEqual(
      actions.requests.map(({ url, headers }) => [url, headers.authorization]),
      [[`/token?version=2&audience=${encodeURIComponent(endpoint)}`, "Bearer of-the-job"]],
    );
    const [exchange, call] = backend.requests;
    const form = new URLSearchParams(exchange?.body);
    assert.deepEqual(
      [form.get("grant_type"), form.get("subject_token"), exchange?.headers.authorization],
      ["urn:ietf:params:oauth:grant-type:token-exchange", "id-token-1", undefined],
    );
    assert.equal(call?.headers.authorization, "Bearer one");
  });

  it("is renewed before its end, and after a failure", async () => {
    const actions = await serve({ body: { value: "id-token" } });
    const { endpoint, requests } = await serve(
      { status: 400, body: { error: "invalid_grant", error_description: "no actor trusts this ID token" } },
      { body: { ...ANSWER, access_token: "one", expires_in: 0 } },
      { body: { ...ANSWER, access_token: "two", expires_in: 900 } },
    );
    const token = pipelineToken({
      endpoint,
      environment: { ...github(actions.endpoint), XTREMEPUSH_OIDC_AUDIENCE: "acme" },
    });
    assert.ok(token !== undefined);

    await assert.rejects(token(), (error) => OAuthError.is(error) && /no actor trusts/.test(error.message));
    assert.equal(await token(), "one");
    assert.equal(await token(), "two");
    assert.equal(await token(), "two");

    assert.equal(requests.length, 3);
    assert.match(actions.requests[0]?.url ?? "", /audience=acme$/);
  });

  it("is asked for again with a new ID token of GitHub after a failure that can pass, and of GitLab not", async () => {
    const actions = await serve(...[1, 2, 3, 4].map((number) => ({ body: { value: `id-token-${number}` } })));
    const failing = { status: 503, body: { error: "temporarily_unavailable" } };
    const { endpoint, requests } = await serve(failing, failing, {
      body: { ...ANSWER, access_token: "one", expires_in: 900 },
    });
    const away = await serve(failing);

    assert.equal(await pipelineToken({ endpoint, environment: github(actions.endpoint) })?.(), "one");

    const sent = requests.map(({ body }) => new URLSearchParams(body).get("subject_token"));
    assert.deepEqual(sent, ["id-token-1", "id-token-2", "id-token-3"]);
    const environment = { XTREMEPUSH_OIDC: "gitlab", XTREMEPUSH_ID_TOKEN: "of-the-job" };
    await assert.rejects(async () => pipelineToken({ endpoint: away.endpoint, environment })?.());
    assert.equal(away.requests.length, 1);
  });

  it("comes from the ID token of a GitLab job", async () => {
    const { endpoint, requests } = await serve({ body: { ...ANSWER, access_token: "one", expires_in: 900 } });

    const environment = { XTREMEPUSH_OIDC: "gitlab", XTREMEPUSH_ID_TOKEN: "of-the-job" };
    assert.equal(await pipelineToken({ endpoint, environment })?.(), "one");

    assert.equal(new URLSearchParams(requests[0]?.body).get("subject_token"), "of-the-job");
  });

  it("is not looked for without XTREMEPUSH_OIDC, and not where there is a token", async () => {
    const endpoint = "http://127.0.0.1:1";

    assert.equal(pipelineToken({ endpoint, environment: { XTREMEPUSH_ID_TOKEN: "text" } }), undefined);
    assert.equal(
      actorToken({ endpoint, environment: { XTREMEPUSH_OIDC: "github", XTREMEPUSH_TOKEN: " own " } }),
      "own",
    );
    assert.equal(typeof actorToken({ endpoint, environment: { XTREMEPUSH_OIDC: "github" } }), "function");
  });

  it("says what is missing, and never the token of the job", async () => {
    const endpoint = "http://127.0.0.1:1";
    const actions = await serve({ status: 500, body: "of-the-job" });
    const denied = await serve({ status: 403, body: "of-the-job" });
    const empty = await serve({ body: { other: 1 } });
    const refusalOf = async (environment: NodeJS.ProcessEnv) => {
      const error = await pipelineToken({ endpoint, environment })?.().then(
        () => null,
        (failure: unknown) => failure,
      );
      assert.ok(AuthenticationError.is(error));
      assert.ok(!error.message.includes("of-the-job"));
      return error.message;
    };

    assert.throws(
      () => pipelineToken({ endpoint, environment: { XTREMEPUSH_OIDC: "yes" } }),
      /must be github or gitlab/,
    );
    assert.match(await refusalOf({ XTREMEPUSH_OIDC: "gitlab" }), /set XTREMEPUSH_ID_TOKEN with id_tokens/);
    assert.match(await refusalOf({ XTREMEPUSH_OIDC: "github" }), /`permissions: id-token: write`/);
    assert.match(await refusalOf(github(actions.endpoint)), /gave no ID token: it answered 500/);
    assert.match(await refusalOf(github(denied.endpoint)), /gave no ID token: it answered 403/);
    assert.match(await refusalOf(github(empty.endpoint)), /its answer has none/);
    assert.match(await refusalOf(github("http://127.0.0.1:1")), /cannot be reached/);
    assert.deepEqual([actions.requests.length, denied.requests.length], [3, 1]);
  });
});
