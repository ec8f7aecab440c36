import assert from "node:assert/strict";
import { inspect } from "node:util";
import { GitHubSecrets } from "../../../../environments/src/delivery/services/github-secrets";
import { type FakeGitHub, fakeGitHub, GITHUB_TOKEN } from "../../../support/environments/github-server";
import { HOSTILE_VALUES } from "../../../support/environments/hostile-values";
import { type ServiceServer, serviceServers } from "../../../support/environments/service-server";
import { fakeClock } from "../../../support/sdk/fake-clock";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_b", project: "acme" };
const SECRETS = { CRM_ID: "clientId", CRM_SECRET: "clientSecret" } as const;

describe("secrets of GitHub as a destination", () => {
  const start = serviceServers();
  let github: FakeGitHub;
  let server: ServiceServer;
  beforeEach(async () => {
    github = await fakeGitHub();
    server = await start((request) => github.handle(request));
  });

  const secretsOf = (
    settings: Partial<ConstructorParameters<typeof GitHubSecrets>[0]> = {},
    variables: Readonly<Record<string, string>> = { GITHUB_TOKEN },
  ) =>
    new GitHubSecrets(
      { repository: "acme/shop", environment: "dev", secrets: SECRETS, url: server.url, ...settings },
      { variables, clock: fakeClock() },
    );
  const held = (place = "acme/shop dev") => Object.fromEntries(github.secrets.get(place) ?? []);
  const writes = () => server.requests.filter((request) => request.startsWith("PUT"));

  it("are sealed for the environment, which is made when it is missing", async () => {
    await secretsOf().deliver(VALUES);

    assert.deepEqual(held(), { CRM_ID: "xpc_a", CRM_SECRET: "xpcs_b" });
    assert.deepEqual([...github.environments.keys()], ["dev"]);
  });

  it("leave what protects an environment as it is", async () => {
    github.environments.set("dev", { reviewers: ["ana"] });

    await secretsOf().deliver(VALUES);
    await secretsOf().remove();

    assert.deepEqual(github.environments.get("dev"), { reviewers: ["ana"] });
  });

  it("can be the repository's", async () => {
    await secretsOf({ environment: undefined, secrets: { CRM_SECRET_PR_1: "clientSecret" } }).deliver(VALUES);

    assert.deepEqual([held("acme/shop"), [...github.environments]], [{ CRM_SECRET_PR_1: "xpcs_b" }, []]);
  });

  it("are missing, incomplete, or there with a value that nobody can read", async () => {
    const missing = await secretsOf().check(VALUES);
    await secretsOf({ secrets: { CRM_ID: "clientId" } }).deliver(VALUES);
    const incomplete = await secretsOf().check(VALUES);
    await secretsOf().deliver(VALUES);
    const there = await secretsOf().check(VALUES);

    assert.deepEqual(
      [missing, incomplete, there, await secretsOf().check(null)],
      ["missing", "stale", "unknown", "unknown"],
    );
  });

  it("are removed alone, and can be removed again", async () => {
    await secretsOf({ secrets: { OTHER: "project" } }).deliver(VALUES);
    await secretsOf().deliver(VALUES);

    await secretsOf().remove();
    await secretsOf().remove();

    assert.deepEqual(held(), { OTHER: "acme" });
  });

  it("of a repository or an environment that is deleted are no reason to refuse a removal", async () => {
    for (const settings of [{ repository: "acme/none" }, { environment: "gone" }]) {
      assert.equal(await secretsOf(settings).check(null, true), "unknown");
    }
    await assert.rejects(secretsOf({}, { GITHUB_TOKEN: "wrong" }).check(null, true), { message: /get a new one/ });
  });

  it("may be left where the token does not see the repository, or may not write it, and are gone in one that it may", async () => {
    const gone = await secretsOf({ environment: "gone" }).remove();
    const unseen = await secretsOf({ repository: "acme/none" }).remove();
    github.role = { admin: false, push: false, pull: true };
    const readOnly = await secretsOf({ environment: "gone" }).remove();

    assert.deepEqual([gone, unseen, readOnly], ["removed", "left", "left"]);
  });

  it("are removed without another request when one of them was there", async () => {
    await secretsOf({ secrets: { CRM_SECRET: "clientSecret" } }).deliver(VALUES);
    const before = server.requests.length;

    assert.equal(await secretsOf().remove(), "removed");
    assert.deepEqual(
      server.requests.slice(before).map((request) => request.split(" ")[0]),
      ["DELETE", "DELETE"],
    );
  });

  it("are gone when nobody has the environment any more", async () => {
    await secretsOf({ environment: "gone" }).remove();

    assert.equal(await secretsOf({ environment: "gone" }).check(VALUES), "missing");
  });

  for (const [what, value] of Object.entries({ ...HOSTILE_VALUES, "a long text": "x".repeat(48 * 1024) })) {
    it(`hold ${what} as it is`, async () => {
      await secretsOf().deliver({ ...VALUES, clientSecret: value });

      assert.equal(held()["CRM_SECRET"], value);
    });
  }

  it("refuse what GitHub does not hold, before any request", async () => {
    await assert.rejects(secretsOf().deliver({ ...VALUES, clientSecret: "x".repeat(48 * 1024 + 1) }), {
      message: "the value of CRM_SECRET has more than the 48 KiB that a secret of GitHub can hold",
    });
    await assert.rejects(secretsOf().deliver({ ...VALUES, clientSecret: "\0" }), {
      message: /^the value of CRM_SECRET has a NUL/,
    });
    assert.deepEqual(server.requests, []);
  });

  it("are refused before any request without a token", async () => {
    await assert.rejects(secretsOf({}, {}).check(null), {
      message: "no token for GitHub is set; set GITHUB_TOKEN",
      exitCode: 2,
    });
    assert.deepEqual(server.requests, []);
  });

  it("are allowed with the token of an app, of which GitHub says nothing", async () => {
    Object.assign(github, { role: null });

    assert.equal(await secretsOf({}, { GITHUB_TOKEN: "ghs_app" }).check(null), "unknown");
  });

  const refusals = {
    "the owner of the token in GITHUB_TOKEN may only read acme/shop; give them the role Write, or take another token": {
      role: { admin: false, push: false, pull: true },
    },
    "acme/shop has no environment dev, and only an admin can make it; let one make it, or take their token": {
      role: { admin: false, push: true, pull: true },
    },
    "the token in GITHUB_TOKEN lacks the scope repo; make one that has it": { scopes: "read:org, workflow" },
  };
  for (const [message, change] of Object.entries(refusals)) {
    it(`are refused before anything is changed: ${message}`, async () => {
      Object.assign(github, change);

      await assert.rejects(secretsOf().check(null), { message: `GitHub: ${message}` });
      assert.deepEqual(writes(), []);
    });
  }

  it("are refused when the token lacks a permission, is wrong, or does not see the repository", async () => {
    github.environments.set("dev", { reviewers: [] });
    github.mayChange = false;

    await assert.rejects(secretsOf().check(null), {
      message: `GitHub at ${server.url}: the token in GITHUB_TOKEN may not change the secrets of acme/shop; give it the permissions "Environments" and "Administration" (read and write)`,
    });
    await assert.rejects(secretsOf({}, { GITHUB_TOKEN: "wrong" }).check(null), {
      message: `GitHub at ${server.url}: the token in GITHUB_TOKEN is not valid or has expired; get a new one`,
    });
    await assert.rejects(secretsOf({ repository: "acme/none" }).check(null), {
      message: `GitHub at ${server.url}: acme/none does not exist, or the token in GITHUB_TOKEN may not see it; check \`repository\`, and the repositories of the token`,
    });
  });

  it("have neither the credential nor the token in an error", async () => {
    const error: unknown = await secretsOf({ secrets: { "not valid": "clientSecret" } })
      .deliver(VALUES)
      .catch((thrown: unknown) => thrown);

    assert.ok(error instanceof Error);
    assert.match(error.message, /it does not accept the secret \(422\); check the names of the secrets$/);
    assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /xpcs_b|github_pat_right/);
  });
});
