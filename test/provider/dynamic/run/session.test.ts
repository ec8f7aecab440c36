import assert from "node:assert/strict";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import { openHandlers, type ProviderBackend, startProviderBackend } from "../../../support/provider/handlers";
import { scriptedServers } from "../../../support/sdk/scripted-server";

const INPUTS = { name: "CRM sync", managedBy: "acme-org/urn" };

describe("the session of a provider process", () => {
  let backend: ProviderBackend;
  before(async () => {
    backend = await startProviderBackend();
  });
  after(() => backend.close());

  const startServer = scriptedServers();
  async function failureOfCheck(
    environment: Readonly<Record<string, string>>,
    configuration: Readonly<Record<string, string>> = {},
  ) {
    const { apiClient } = await openHandlers(environment, configuration);
    const { failures } = await apiClient.check({}, INPUTS);
    return failures.map(({ reason }) => reason).join("\n");
  }

  it("warns once that the token ends, for all resources of a run, without a request of its own", async () => {
    const token = await backend.makeActor("editor", ["acme"], { expiresTime: new Date(Date.now() + 50 * 3_600_000) });
    const environment = { ...backend.environment, XTREMEPUSH_TOKEN: token };
    const { apiClient, scopeGrant, warnings } = await openHandlers(environment);

    await apiClient.check({}, INPUTS);
    await apiClient.check({}, { ...INPUTS, name: "CRM sync 2", managedBy: "acme-org/urn2" });
    await scopeGrant.check({}, { client: UNKNOWN, permissions: {}, managedBy: "acme-org/urn3" });

    assert.equal(warnings.length, 1, warnings.join("\n"));
    assert.match(warnings[0] ?? "", /^the token for http:\S+ ends at \S+Z, in 2 days; replace it before/);
    assert.match(warnings[0] ?? "", /\(it came from the environment variable XTREMEPUSH_TOKEN\)$/);
    assert.ok(!warnings.join("").includes(token));
    const { warnings: none } = await openHandlers(backend.environment);
    assert.deepEqual(none, []);
  });

  describe("says in the preview, in one sentence,", () => {
    it("which setting is missing and where to set it", async () => {
      const { XTREMEPUSH_ENDPOINT = "", XTREMEPUSH_PROJECT = "", XTREMEPUSH_TOKEN = "" } = backend.environment;

      assert.equal(
        await failureOfCheck({ XTREMEPUSH_PROJECT, XTREMEPUSH_TOKEN }),
        "no endpoint is set: set the environment variable XTREMEPUSH_ENDPOINT or the stack configuration xtremepush:endpoint, for example `pulumi config set xtremepush:endpoint http://127.0.0.1:8420`",
      );
      assert.match(
        await failureOfCheck({ XTREMEPUSH_ENDPOINT, XTREMEPUSH_TOKEN }),
        /^no project is set: .*XTREMEPUSH_PROJECT/,
      );
      assert.match(
        await failureOfCheck({ XTREMEPUSH_ENDPOINT, XTREMEPUSH_PROJECT }),
        /^no token is set: .*XTREMEPUSH_TOKEN .* as a secret \(--secret\)/,
      );
    });

    it("that a token is wrong, and where it came from, without showing it", async () => {
      const token = "xpat_this-is-not-a-token";

      const fromEnvironment = await failureOfCheck({ ...backend.environment, XTREMEPUSH_TOKEN: token });
      const fromConfiguration = await failureOfCheck(backend.environment, { "xtremepush:token": token });

      assert.match(fromEnvironment, /401.*the token came from the environment variable XTREMEPUSH_TOKEN$/);
      assert.match(
        fromConfiguration,
        /401.*the token came from the stack configuration xtremepush:token; `pulumi refresh` and `pulumi destroy` use the token that the state remembers from the last `pulumi up`: add --run-program to use the current one$/,
      );
      assert.ok(!`${fromEnvironment}${fromConfiguration}`.includes(token));
    });

    it("that a token has ended", async () => {
      const token = await backend.makeActor("editor", ["acme"], { expiresTime: new Date("2020-01-01T00:00:00Z") });

      assert.match(await failureOfCheck({ ...backend.environment, XTREMEPUSH_TOKEN: token }), /401.*2020-01-01/);
    });

    it("that a project is unknown, or not the token's", async () => {
      for (const project of ["beta", "nowhere"]) {
        const reason = await failureOfCheck({ ...backend.environment, XTREMEPUSH_PROJECT: project });
        assert.match(
          reason,
          /404.*; the project came from the environment variable XTREMEPUSH_PROJECT, and the token from/,
        );
      }
    });

    it("that a token must not travel unencrypted to another machine", async () => {
      const environment = { ...backend.environment, XTREMEPUSH_ENDPOINT: "http://access.example.com" };

      assert.match(
        await failureOfCheck(environment),
        /endpoint must be https:, because http: is only for this machine; it came from the environment variable XTREMEPUSH_ENDPOINT$/,
      );
    });

    it("that a project is not a slug", async () => {
      const reason = await failureOfCheck({ ...backend.environment, XTREMEPUSH_PROJECT: "Not A Slug" });

      assert.match(
        reason,
        /a project is 1 to 63 lower-case letters.*; it came from the environment variable XTREMEPUSH_PROJECT$/,
      );
    });

    it("that nothing answers at the address", async () => {
      const environment = { ...backend.environment, XTREMEPUSH_ENDPOINT: "http://127.0.0.1:1" };

      const reason = await failureOfCheck(environment);

      assert.match(reason, /http:\/\/127\.0\.0\.1:1.*is the backend running/);
      assert.ok(!reason.includes("\n"), reason);
    }).timeout(60_000);

    it("that the server at the address is not a backend", async () => {
      const server = await startServer({ headers: { "content-type": "text/html" }, body: "<h1>Welcome</h1>" });

      const reason = await failureOfCheck({ ...backend.environment, XTREMEPUSH_ENDPOINT: server.endpoint });

      assert.match(reason, /text\/html/);
      assert.ok(!/Welcome|\n/.test(reason), reason);
    });
  });

  it("asks the backend once for its identity, the project and each new name, however many resources there are", async () => {
    const server = await startServer({
      body: {
        id: "xpb_a",
        version: "1",
        slug: "acme",
        name: "acme",
        createdBy: "a",
        createdTime: "2026-01-01T00:00:00Z",
        items: [],
        nextCursor: null,
      },
    });
    const { apiClient, scopeGrant } = await openHandlers({
      ...backend.environment,
      XTREMEPUSH_ENDPOINT: server.endpoint,
    });

    await scopeGrant.configure({ config: { get: () => undefined } });
    await Promise.all([
      apiClient.check({}, INPUTS),
      apiClient.check({}, INPUTS),
      scopeGrant.check({}, { client: UNKNOWN, permissions: {} }),
    ]);

    assert.deepEqual(server.requests.map(({ url }) => url).sort(), [
      "/v1/backend",
      "/v1/projects/acme",
      "/v1/projects/acme/clients?limit=1&name=CRM+sync",
    ]);
  });

  it("gets through a backend that answers 500 twice and 429 once", async () => {
    const project = { slug: "acme", name: "acme", createdBy: "a", createdTime: "2026-01-01T00:00:00Z" };
    const server = await startServer(
      { status: 500, body: {} },
      { status: 429, headers: { "retry-after": "0" }, body: {} },
      { status: 500, body: {} },
      { body: { id: "xpb_a", version: "1", ...project, items: [], nextCursor: null } },
    );

    const reason = await failureOfCheck({ ...backend.environment, XTREMEPUSH_ENDPOINT: server.endpoint });

    assert.equal(reason, "");
  });

  it("refuses a viewer's token at the first write, and says what is needed", async () => {
    const token = await backend.makeActor("viewer", ["acme"]);
    const { apiClient } = await openHandlers({ ...backend.environment, XTREMEPUSH_TOKEN: token });

    await assert.rejects(apiClient.create(INPUTS), {
      message: /403.*needs at least editor.*the token came from the environment variable XTREMEPUSH_TOKEN$/,
    });
  });

  it("shows the engine no stack trace and no numeric code", async () => {
    const { apiClient } = await openHandlers({});

    await assert.rejects(apiClient.create(INPUTS), (error: Error & { code?: unknown }) => {
      assert.equal(error.stack, "the error is shown with its resource");
      assert.equal(error.code, undefined);
      return true;
    });
  });

  describe("of an explicit Provider", () => {
    const explicit = (more: Record<string, string> = {}) => ({
      "xtremepush:endpoint": backend.endpoint,
      "xtremepush:project": "acme",
      "xtremepush:tokenVariable": "EU_TOKEN",
      ...more,
    });

    it("takes the token from the variable that it names", async () => {
      const { XTREMEPUSH_TOKEN = "" } = backend.environment;

      assert.equal(await failureOfCheck({ EU_TOKEN: XTREMEPUSH_TOKEN }, explicit()), "");
    });

    it("is what a message about it points to", async () => {
      const { XTREMEPUSH_TOKEN = "" } = backend.environment;
      const configuration = explicit({ "xtremepush:project": "nowhere" });

      assert.match(
        await failureOfCheck({ EU_TOKEN: XTREMEPUSH_TOKEN }, configuration),
        /; the project came from the Provider's project, in the program, and the token from the environment variable EU_TOKEN/,
      );
    });

    it("does not fall back to the token of another environment", async () => {
      const reason = await failureOfCheck(backend.environment, explicit());

      assert.match(reason, /^the environment variable EU_TOKEN is empty: set it to the actor token for http:/);
    });

    it("waits for an endpoint that is not known yet", async () => {
      assert.equal(await failureOfCheck({}, explicit({ "xtremepush:endpoint": UNKNOWN })), "");
    });
  });
});
