import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { CLIENT, GRANT, problem } from "../../support/backend/management-answers";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";
import { type ScriptedStep, scriptedServers } from "../../support/sdk/scripted-server";

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

interface Known {
  readonly reported?: object | null;
  readonly grantedDaysAgo?: number;
  /** How many days ago each client first used a permission; 150 unless told. */
  readonly firstUsed?: Readonly<Record<string, number>>;
  /** The audit trail of each client. */
  readonly changes?: readonly object[];
}

function answers({
  reported = REPORTED,
  grantedDaysAgo = 300,
  firstUsed = {},
  changes = [],
}: Known = {}): ScriptedStep[] {
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
    ({ url }) => {
      if (url.includes("/audit")) return { body: { items: changes, nextCursor: null } };
      const name = Object.keys(USES).find((each) => url.includes(idOf(each))) ?? "";
      const permission = { permission: "info:task", granted: true, count: 1, refused: 0, lastRefusedTime: null };
      const first = { firstUsedTime: daysAgo(firstUsed[name] ?? 150), lastUsedTime: daysAgo(1) };
      const permissions = [
        { ...permission, ...first },
        { ...permission, firstUsedTime: null, lastUsedTime: null },
      ];
      return { body: { clientId: idOf(name), project: "retail", name, days: 30, reported, permissions } };
    },
  ];
}

/** A change of the grant of "crm". */
function change(changedDaysAgo: number, before: readonly string[], after: readonly string[]): object {
  return {
    ...{ id: "1", time: daysAgo(changedDaysAgo), actor: { id: "xpa_1", name: "ana" }, action: "grant.update" },
    ...{ target: { type: "client", id: idOf("crm"), name: null, project: "retail" }, managedBy: null },
    ...{ requestId: "xpr_1", revision: 2, before: { permissions: before }, after: { permissions: after } },
  };
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
    repository.git("clean", "--quiet", "--force");
  });
  after(() => removeTemporaryFolders());

  const lockOfDev = () =>
    readFileSync(path.join(repository.folder, "access/access.prod.json"), "utf8").replaceAll("prod", "dev");

  async function unused(steps: readonly ScriptedStep[], ...args: string[]) {
    const { endpoint, requests } = await serve(...steps);
    const access = { XTREMEPUSH_ENDPOINT: endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: "xpt_1" };
    return { ...(await repository.review(["unused", ...args], access)), requests };
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
    ["no gateway counts", answers({ reported: null }), /no gateway counts what is used in this project$/m],
    [
      "gateways have counted for a shorter time",
      answers({ reported: { ...REPORTED, since: daysAgo(89) } }),
      new RegExp(`which is less than 90 days; it is known from ${daysAgo(-1).slice(0, 10)} on$`, "m"),
    ],
    [
      "gateways no longer count",
      answers({ reported: { ...REPORTED, until: daysAgo(3) } }),
      /have counted until .* only$/m,
    ],
    [
      "clients went another way until lately",
      answers({ firstUsed: { crm: 2, etl: 89, web: 2, one: 2, two: 2 } }),
      /^not known: "etl" in prod: it goes through a gateway for less than 90 days$/m,
    ],
    [
      "a grant is younger and the audit trail does not tell",
      answers({ grantedDaysAgo: 30 }),
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
    const changes = [
      change(30, ["list:tag"], ["list:tag", "info:task"]),
      change(100, ["list:segment"], ["list:tag"]),
      change(200, [], ["list:segment"]),
    ];

    const { stdout, stderr, requests } = await unused(answers({ grantedDaysAgo: 30, changes }));

    const trails = requests.filter(({ url }) => url.includes(`${idOf("crm")}/audit`)).map(({ url }) => url);
    assert.deepEqual(trails, [`/v1/projects/retail/clients/${idOf("crm")}/audit?limit=1000`]);
    assert.match(stdout, /^-.*list\.tag, \/\/ for the menu$/m);
    assert.doesNotMatch(stdout, /^-.*info:task/m);
    assert.match(stderr, /^not known: info:task of "crm" in prod: it was granted less than 90 days ago/m);
  });

  it("does not believe an audit trail that no longer reaches back so far", async () => {
    const changes = [change(30, ["list:tag"], ["list:tag", "info:task"])];

    const { code, stdout, stderr } = await unused(answers({ grantedDaysAgo: 30, changes }));

    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, /^not known: list:tag of "crm" in prod: it was granted less than 90 days ago/m);
  });

  it("says which other stacks the diff changes, and ends with 1 for them alone", async () => {
    repository.write("access/access.dev.json", lockOfDev());
    repository.write("Pulumi.eu.yaml", "config: {}\n");
    const onlyCrm = answers({ firstUsed: { etl: 2, web: 2, one: 2, two: 2 } });

    const plain = await unused(onlyCrm, "--stack", "prod");
    const json = await unused(onlyCrm, "--stack", "prod", "--json");

    assert.match(plain.stderr, /^the diff changes the program for dev, eu, too, whose use was not read$/m);
    const { otherStacks, patch, unused: all } = JSON.parse(json.stdout);
    assert.deepEqual([otherStacks, plain.stdout], [["dev", "eu"], patch]);
    assert.ok(all.every(({ notWritten }: { notWritten: object | null }) => notWritten === null));
    assert.deepEqual([plain.code, json.code], [1, 1]);
  });

  it("names no stacks when all were read, or nothing changes", async () => {
    const all = await unused(answers({ firstUsed: { etl: 2, web: 2, one: 2, two: 2 } }), "--json");
    repository.write("Pulumi.eu.yaml", "config: {}\n");
    const nothing = await unused(answers({ reported: null }));

    assert.deepEqual([all.code, JSON.parse(all.stdout).otherStacks, nothing.code], [0, [], 0]);
    assert.doesNotMatch(nothing.stderr, /the diff changes/);
  });

  it("writes nothing that would break the program", async () => {
    repository.write(
      "index.ts",
      PROGRAM.replace("permissions.list.tag, // for", "permissions.list.tag /* old */, // for"),
    );

    const { code, stdout, stderr } = await unused(answers());

    assert.equal(code, 1);
    assert.doesNotMatch(stdout, /^-.*old/m);
    assert.match(stdout, /^-.*info:task/m);
    assert.match(
      stderr,
      /^not written: list:tag of "crm" in prod, index.ts:10: a diff of these lines would break the list$/m,
    );
  });

  it("fails with 3 when the backend cannot be read or no token is there", async () => {
    const refused = await unused([problem(403, "forbidden")]);
    const bare = await repository.review(["unused"]);

    assert.deepEqual([refused.code, refused.stdout, bare.code], [3, "", 3]);
    assert.match(refused.stderr, /^what is used cannot be read: .*it is forbidden$/m);
    assert.match(bare.stderr, /set XTREMEPUSH_ENDPOINT and XTREMEPUSH_TOKEN$/m);
  });
});
