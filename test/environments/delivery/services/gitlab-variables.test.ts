import assert from "node:assert/strict";
import { inspect } from "node:util";
import { GitLabVariables } from "../../../../environments/src/delivery/services/gitlab-variables";
import { type FakeGitLab, fakeGitLab, GITLAB_TOKEN } from "../../../support/environments/gitlab-server";
import { HOSTILE_VALUES } from "../../../support/environments/hostile-values";
import { type ServiceServer, serviceServers } from "../../../support/environments/service-server";
import { fakeClock } from "../../../support/sdk/fake-clock";

const VALUES = { clientId: "xpc_a", clientSecret: "xpcs_bcdefgh", project: "acme" };
const VARIABLES = { CRM_PROJECT: "project", CRM_SECRET: "clientSecret" } as const;
const FLAGS = { environment_scope: "dev", protected: false, raw: true, hidden: false };

describe("variables of GitLab as a destination", () => {
  const start = serviceServers();
  let gitlab: FakeGitLab;
  let server: ServiceServer;
  beforeEach(async () => {
    gitlab = fakeGitLab();
    server = await start((request) => gitlab.handle(request));
  });

  const variablesOf = (
    settings: Partial<ConstructorParameters<typeof GitLabVariables>[0]> = {},
    variables: Readonly<Record<string, string>> = { GITLAB_TOKEN },
  ) =>
    new GitLabVariables(
      {
        ...{ project: "acme/shop", environment: "dev", variables: VARIABLES, url: server.url },
        ...{ masked: true, hidden: false, protected: false },
        ...settings,
      },
      { variables, clock: fakeClock() },
    );

  it("are made for one environment, and the secret alone is masked", async () => {
    await variablesOf().deliver(VALUES);

    assert.deepEqual(gitlab.variables, [
      { ...FLAGS, key: "CRM_PROJECT", value: "acme", masked: false },
      { ...FLAGS, key: "CRM_SECRET", value: "xpcs_bcdefgh", masked: true },
    ]);
  });

  it("are missing, current or stale, and changed where they are", async () => {
    const missing = await variablesOf().check(VALUES);
    await variablesOf({ project: 7 }).deliver(VALUES);
    const current = await variablesOf().check(VALUES);
    const stale = await variablesOf().check({ ...VALUES, clientSecret: "xpcs_changed" });
    const unprotected = await variablesOf({ protected: true }).check(VALUES);
    await variablesOf({ protected: true }).deliver({ ...VALUES, clientSecret: "xpcs_changed" });

    assert.deepEqual([missing, current, stale, unprotected], ["missing", "current", "stale", "stale"]);
    assert.deepEqual(
      gitlab.variables.map(({ value, protected: isProtected }) => [value, isProtected]),
      [
        ["acme", true],
        ["xpcs_changed", true],
      ],
    );
  });

  it("of a project that is deleted are no reason to refuse a removal", async () => {
    assert.equal(await variablesOf({ project: "acme/none" }).check(null, true), "unknown");
    await assert.rejects(variablesOf({ project: "acme/none" }).check(null), { message: /acme\/none does not exist/ });
    await assert.rejects(variablesOf({}, { GITLAB_TOKEN: "wrong" }).check(null, true), { message: /get a new one/ });
  });

  it("may be left where the token does not see the project, which is asked only when none was there", async () => {
    const unseen = await variablesOf({ project: "acme/none" }).remove();
    const gone = await variablesOf().remove();
    await variablesOf({ variables: { CRM_SECRET: "clientSecret" } }).deliver(VALUES);
    const before = server.requests.length;
    const found = await variablesOf().remove();

    assert.deepEqual([unseen, gone, found], ["left", "removed", "removed"]);
    assert.deepEqual(
      server.requests.slice(before).map((request) => request.split(" ")[0]),
      ["DELETE", "DELETE"],
    );
  });

  it("are told from those of another environment", async () => {
    await variablesOf({ environment: "*" }).deliver(VALUES);
    await variablesOf().deliver({ ...VALUES, clientSecret: "xpcs_of_dev" });

    await variablesOf().remove();
    await variablesOf().remove();

    assert.deepEqual(
      gitlab.variables.map(({ environment_scope: scope, value }) => [scope, value]),
      [
        ["*", "acme"],
        ["*", "xpcs_bcdefgh"],
      ],
    );
  });

  it("are changed when somebody makes them at the same time", async () => {
    gitlab.beforeMake = () => {
      gitlab.beforeMake = () => undefined;
      gitlab.variables.push({ ...FLAGS, key: "CRM_PROJECT", value: "other", masked: false });
    };

    await variablesOf().deliver(VALUES);

    assert.equal(await variablesOf().check(VALUES), "current");
  });

  it("can be hidden, also from the next check", async () => {
    await variablesOf({ hidden: true }).deliver(VALUES);

    assert.deepEqual(
      gitlab.variables.map(({ hidden, masked }) => [hidden, masked]),
      [
        [false, false],
        [true, true],
      ],
    );
    assert.equal(await variablesOf({ hidden: true }).check(VALUES), "unknown");
    assert.equal(await variablesOf({ hidden: true }).check({ ...VALUES, project: "erp" }), "stale");
    assert.equal(await variablesOf({ hidden: true }).check(null), "unknown");
  });

  it("are not hidden when they are there and can be read", async () => {
    await variablesOf().deliver(VALUES);
    const message =
      "GitLab: CRM_SECRET is there and not hidden, and GitLab hides a variable only when it is made; delete it there, or take `hidden` away";

    await assert.rejects(variablesOf({ hidden: true }).check(null), { message });
    await assert.rejects(variablesOf({ hidden: true }).deliver(VALUES), { message });
  });

  for (const [what, value] of Object.entries({ ...HOSTILE_VALUES, "a long text": "x".repeat(10_000) })) {
    it(`hold ${what} as it is, without a mask where GitLab cannot mask it`, async () => {
      const masked = /^\S{8,}$/.test(value);

      await variablesOf({ masked }).deliver({ ...VALUES, clientSecret: value });

      assert.equal(gitlab.variables.find(({ key }) => key === "CRM_SECRET")?.value, value);
      assert.equal(await variablesOf({ masked }).check({ ...VALUES, clientSecret: value }), "current");
    });
  }

  for (const value of ["short", "two words", "two\nlines", "p a s s w o r d"]) {
    it(`refuse to mask ${JSON.stringify(value)}, before any request`, async () => {
      await assert.rejects(variablesOf().deliver({ ...VALUES, clientSecret: value }), {
        message:
          "the value of CRM_SECRET cannot be masked: GitLab masks 8 or more characters on one line without spaces; deliver another value, or set `masked: false`",
      });
      assert.deepEqual(server.requests, []);
    });
  }

  it("refuse what GitLab does not hold, before any request", async () => {
    await assert.rejects(variablesOf().deliver({ ...VALUES, clientSecret: "x".repeat(10_001) }), {
      message: "the value of CRM_SECRET has more than the 10,000 characters that GitLab takes",
    });
    await assert.rejects(variablesOf({}, {}).check(null), {
      message: "no token for GitLab is set; set GITLAB_TOKEN",
      exitCode: 2,
    });
    assert.deepEqual(server.requests, []);
  });

  it("are refused before anything is changed for a Developer, for a token that only reads, and for a wrong one", async () => {
    gitlab.level = 30;
    await assert.rejects(variablesOf().check(null), {
      message: `GitLab at ${server.url}: the token in GITLAB_TOKEN may not change the variables of acme/shop; give it the scope api and the role Maintainer`,
    });
    Object.assign(gitlab, { level: 40, scopes: ["read_api"] });
    await assert.rejects(variablesOf().check(null), {
      message: "GitLab: the token in GITLAB_TOKEN lacks the scope api; make one that has it",
    });
    await assert.rejects(variablesOf({}, { GITLAB_TOKEN: "wrong" }).check(null), {
      message: `GitLab at ${server.url}: the token in GITLAB_TOKEN is not valid or has expired; get a new one`,
    });
    await assert.rejects(variablesOf({ project: "acme/none" }).check(null), {
      message: `GitLab at ${server.url}: acme/none does not exist, or the token in GITLAB_TOKEN may not see it; check \`project\` and \`url\``,
    });
    assert.ok(server.requests.every((request) => request.startsWith("GET")));
  });

  it("are allowed with a token of OAuth, which cannot read itself", async () => {
    gitlab.scopes = null;

    assert.equal(await variablesOf().check(null), "unknown");
  });

  it("have neither the credential nor the token in an error", async () => {
    const error: unknown = await variablesOf({ variables: { "not valid": "clientSecret" } })
      .deliver(VALUES)
      .catch((thrown: unknown) => thrown);

    assert.ok(error instanceof Error);
    assert.equal(
      error.message,
      'GitLab does not accept "not valid" (400); check its name, and whether its value can be masked',
    );
    assert.doesNotMatch(inspect(error, { depth: null, showHidden: true }), /xpcs_bcdefgh|glpat-right/);
  });
});
