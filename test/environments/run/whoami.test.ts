import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { AccessClient } from "xtremepush-access";
import { whoamiLines } from "../../../environments/src/cli/whoami";
import { whoami } from "../../../environments/src/run/whoami";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { type IdTokenIssuer, startIdTokenIssuer } from "../../support/backend/id-token-issuer";
import { scriptedServers } from "../../support/sdk/scripted-server";

const AUDIENCE = "https://access.acme.example";

describe("whoami", function () {
  this.timeout(30_000);
  const serve = scriptedServers();
  let backend: TestBackend;
  let issuer: IdTokenIssuer;

  before(async () => {
    issuer = await startIdTokenIssuer();
    backend = await startTestBackend();
    const access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "acme" });
    await access.issuers.create({ name: "github", url: issuer.url, audience: AUDIENCE });
    await access.actors.createTrusted({
      ...{ name: "deploy", role: "editor", projects: ["acme"], ceiling: ["list:tag"], ownerPrefix: "team-a/" },
      trust: { issuer: "github", claims: { repository_id: "42", environment: "production" } },
    });
  });
  after(async () => {
    await backend.close();
    await issuer.close();
  });

  /** The environment of a job in GitHub Actions, which gives another ID token each time. */
  const job = async (claims: object): Promise<NodeJS.ProcessEnv> => {
    const token = () => issuer.sign({ aud: AUDIENCE, jti: randomUUID(), repository_id: "42", ...claims });
    const actions = await serve({ body: { value: await token() } }, { body: { value: await token() } });
    return {
      XTREMEPUSH_ENDPOINT: backend.endpoint,
      XTREMEPUSH_OIDC: "github",
      XTREMEPUSH_OIDC_AUDIENCE: AUDIENCE,
      ACTIONS_ID_TOKEN_REQUEST_URL: `${actions.endpoint}/token`,
      ACTIONS_ID_TOKEN_REQUEST_TOKEN: "of-the-job",
    };
  };
  const ask = (environment: NodeJS.ProcessEnv, explain = false) =>
    whoami({ endpoint: undefined, explain, environment });

  it("shows the actor of the ID token, and with --explain what that says", async () => {
    const environment = await job({ environment: "production", ref: "refs/heads/\u202emain" });

    const result = await ask(environment, true);

    assert.deepEqual([result.actor?.name, result.from, result.refused], ["deploy", "pipeline", null]);
    const lines = whoamiLines(result);
    assert.ok(lines.includes("  environment: production"), lines.join("\n"));
    assert.ok(lines.includes("  projects  acme"));
    assert.ok(lines.includes("  ceiling   1 permission"));
    assert.ok(lines.includes("  owners    team-a/…"));
    assert.ok(!lines.join("").includes("\u202e"));
  });

  it("says which claim differs", async () => {
    const result = await ask(await job({}), true);

    assert.equal(result.actor, null);
    assert.equal(
      result.refused,
      "no actor trusts this ID token: for deploy, environment must be production and is missing",
    );
    assert.equal(result.claims?.["repository_id"], "42");
  });

  it("shows the actor of a token of its own", async () => {
    const result = await ask({ XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken }, true);

    assert.deepEqual([result.actor?.role, result.from, result.claims], ["admin", "token", null]);
    assert.ok(whoamiLines(result).includes("  projects  all"));
  });

  it("says what is missing", async () => {
    await assert.rejects(ask({}), /no backend is named/);
    await assert.rejects(ask({ XTREMEPUSH_ENDPOINT: backend.endpoint }), /there is no token: .*XTREMEPUSH_OIDC/);
    await assert.rejects(ask({ XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_OIDC: "yes" }), /github or gitlab/);
  });
});
