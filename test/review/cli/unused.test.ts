import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { CLIENT, GRANT, problem } from "../../support/backend/management-answers";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";
import { type Step, scriptedServers } from "../../support/sdk/scripted-server";

const PROGRAM = `import { ApiClient, ScopeGrant } from "pulumi-xtremepush";
import { type Permission, permissions, select } from "xtremepush-access";

const SHARED: Permission[] = [permissions.list.tag];
const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", {
  client: crm,
  permissions: [
    permissions.list.profile, // every night
    permissions.list.tag, // for the menu
    "info:task",
  ],
});
const etl = new ApiClient("etl", { name: "ETL" });
new ScopeGrant("etl", { client: etl, permissions: [permissions.list.segment, permissions.export.segment] });
const web = new ApiClient("web", { name: "Web" });
new ScopeGrant("web", { client: web, permissions: SHARED.concat(select({ scope: "info" }).slice(0, 1)) });
const idle = new ApiClient("idle", { name: "Idle" });
new ScopeGrant("idle", { client: idle, permissions: ["list:tag"] });
for (const name of ["one", "two"]) {
  const each = new ApiClient(name, { name });
  new ScopeGrant(name, { client: each, permissions: ["list:tag", "list:segment"] });
}
`;

const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
const REPORTED = { since: daysAgo(200), until: daysAgo(0), gateways: ["edge"] };
const idOf = (name: string) => `xpc_${name.padEnd(26, "a")}`;
/** How many days ago each client used each permission; null is never. */
const USES: Readonly<Record<string, Readonly<Record<string, number | null>>>> = {
  crm: { "list:profile": 1, "list:tag": 120, "info:task": null },
  etl: { "list:segment": 3, "export:segment": 91 },
  web: { "list:tag": 100, "info:task": 2 },
  idle: { "list:tag": null },
  one: { "list:tag": null, "list:segment": 1 },
  two: { "list:tag": 5, "list:segment": 200 },
};

function answers(reported: object | null = REPORTED, grantedDaysAgo = 300): Step[] {
  const item = ([name, uses]: [string, Readonly<Record<string, number | null>>]) => ({
    ...{ clientId: idOf(name), name, grantedTime: daysAgo(grantedDaysAgo) },
    permissions: Object.entries(uses).map(([permission, days]) => ({
      permission,
      lastUsedTime: days === null ? null : daysAgo(days),
    })),
  });
  const urn = (name: string) => `organization/urn:pulumi:prod::access::${RESOURCE_MODULE}:ApiClient::${name}`;
  const clients = Object.keys(USES).map((name) => ({
    ...CLIENT,
    id: idOf(name),
    name,
    managedBy: urn(name),
    grant: GRANT,
  }));
  return [
    { body: { project: "retail", reported, nextCursor: null, items: Object.entries(USES).map(item) } },
    { body: { items: clients, nextCursor: null } },
  ];
}

describe("the command `unused`", function () {
  this.timeout(120_000);
  const serve = scriptedServers();
  let repository: ReviewRepository;

  before(async () => {
    repository = openReviewRepository();
    repository.write("index.ts", PROGRAM);
    const { code, stderr } = await repository.review(["lock"]);
    assert.equal(code, 0, stderr);
    repository.commit("six clients");
  });
  afterEach(() => {
    repository.git("checkout", "--quiet", "--", ".");
    repository.git("clean", "--quiet", "--force", "access");
  });
  after(() => removeTemporaryFolders());

  const lockOfDev = () =>
    readFileSync(path.join(repository.folder, "access/access.prod.json"), "utf8").replaceAll("prod", "dev");

  async function unused(steps: readonly Step[], ...args: string[]) {
    const { endpoint } = await serve(...steps);
    const access = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: "xpt_1" };
    return repository.review(["unused", ...args], access);
  }

  it("prints a diff that applies, compiles and takes away exactly what it promises", async () => {
    const { code, stdout, stderr } = await unused(answers());

    assert.deepEqual(stderr.split("\n"), [
      'not written: list:tag of "one" in prod, index.ts:22: the same line grants it to "two" in the stack "prod"',
      'not written: list:segment of "two" in prod, index.ts:22: the same line grants it to "one" in the stack "prod"',
      'not written: list:tag of "web" in prod, index.ts:17: its permissions are computed',
      'not known: "idle" in prod: no gateway has ever let a call of it through: it may go another way; delete the client if nobody needs it',
      "3 of 6 unused for 90 days are in the diff",
      "",
    ]);
    assert.equal(code, 1);
    execFileSync("git", ["apply", "-"], { cwd: repository.folder, input: stdout });
    assert.equal(
      readFileSync(path.join(repository.folder, "index.ts"), "utf8"),
      PROGRAM.replace("    permissions.list.tag, // for the menu\n", "")
        .replace('    "info:task",\n', "")
        .replace(", permissions.export.segment", ""),
    );
    const compiler = path.resolve(__dirname, "../../../node_modules/.bin/tsc");
    const options = ["--noEmit", "--skipLibCheck", "--module", "nodenext", "--ignoreConfig", "index.ts"];
    execFileSync(compiler, options, { cwd: repository.folder, stdio: "pipe" });
    assert.equal((await repository.review(["lock"])).code, 0);
    const { stdout: review } = await repository.review(["diff", "main", "access/access.prod.json", "--format", "json"]);
    const { environments } = JSON.parse(review).diff;
    const lost = environments[0].clients.map(
      (client: { nameAfter: string; permissions: { sign: string; permission: string }[] }) => [
        client.nameAfter,
        ...client.permissions.map(({ sign, permission }) => sign + permission),
      ],
    );
    assert.deepEqual(lost, [
      ["CRM sync", "-list:tag", "-info:task"],
      ["ETL", "-export:segment"],
    ]);
  });

  it("writes JSON with the last use, and the diff", async () => {
    const { code, stdout, stderr } = await unused(answers(), "--json", "--days", "95");
    const { version, days, unused: all, notKnown, patch } = JSON.parse(stdout);

    assert.deepEqual([code, stderr, version, days], [1, "", 1, 95]);
    const [first] = all;
    assert.deepEqual([first.client, first.clientId, first.permission], ["crm", idOf("crm"), "list:tag"]);
    assert.deepEqual([first.source, first.notWritten], ["index.ts:6", null]);
    assert.ok(!all.some(({ permission }: { permission: string }) => permission === "export:segment"));
    assert.deepEqual(
      notKnown.map((each: { client: string }) => each.client),
      ["idle"],
    );
    assert.match(patch, /^--- a\/index\.ts\n\+\+\+ b\/index\.ts\n@@ /);
  });

  for (const [title, steps, why] of [
    ["no gateway counts", answers(null), /no gateway counts what is used in this project$/m],
    [
      "gateways have counted for a shorter time",
      answers({ ...REPORTED, since: daysAgo(89) }),
      /which is less than 90 days$/m,
    ],
    ["gateways no longer count", answers({ ...REPORTED, until: daysAgo(3) }), /have counted until .* only$/m],
    [
      "a grant is younger and the audit trail does not tell",
      [...answers(REPORTED, 30), { body: { items: [], nextCursor: null } }],
      /^not known: list:tag of "crm" in prod: it was granted less than 90 days ago/m,
    ],
  ] as const) {
    it(`proposes nothing when ${title}, and says so`, async () => {
      const { code, stdout, stderr } = await unused(steps);

      assert.deepEqual([code, stdout], [0, ""]);
      assert.match(stderr, why);
      assert.match(stderr, /^nothing is known to be unused for 90 days$/m);
    });
  }

  it("proposes what a younger grant has kept through all of its changes", async () => {
    const change = (before: readonly string[], after: readonly string[]) => ({
      ...{ id: "1", time: daysAgo(30), actor: { id: "xpa_1", name: "ana" }, action: "grant.update", managedBy: null },
      ...{
        target: { type: "client", id: idOf("crm"), name: null, project: "retail" },
        requestId: "xpr_1",
        revision: 2,
      },
      ...{ before: { permissions: before }, after: { permissions: after } },
    });
    const changes = { items: [change(["list:tag"], ["list:tag", "info:task"])], nextCursor: null };

    const { stdout, stderr } = await unused([...answers(REPORTED, 30), { body: changes }]);

    assert.match(stdout, /^-.*list\.tag, \/\/ for the menu$/m);
    assert.doesNotMatch(stdout, /^-.*info:task/m);
    assert.match(stderr, /^not known: info:task of "crm" in prod: it was granted less than 90 days ago/m);
  });

  it("says which other stacks the diff changes when it reads only some", async () => {
    repository.write("access/access.dev.json", lockOfDev());

    const { stderr } = await unused(answers(), "--stack", "prod");

    assert.match(stderr, /^the diff changes the program for dev, too, whose use was not read$/m);
  });

  it("fails with 3 when the backend cannot be read or no token is there", async () => {
    const refused = await unused([problem(403, "forbidden")]);
    const bare = await repository.review(["unused"]);

    assert.deepEqual([refused.code, refused.stdout, bare.code], [3, "", 3]);
    assert.match(refused.stderr, /^what is used cannot be read: .*it is forbidden$/m);
    assert.match(bare.stderr, /set XTREMEPUSH_ENDPOINT and XTREMEPUSH_TOKEN$/m);
  });
});
