import assert from "node:assert/strict";
import { RESOURCE_MODULE } from "pulumi-xtremepush/protocol";
import { AccessClient, type Permission } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";
import { openReviewRepository, type ReviewRepository } from "../../support/review/review-repository";

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const PROGRAM = `import { ApiClient, ScopeGrant } from "pulumi-xtremepush";

const crm = new ApiClient("crm", { name: "CRM sync" });
new ScopeGrant("crm", {
  client: crm,
  permissions: [
    "list:profile",
    "list:tag",
    "info:task",
  ],
});
`;
const OWNER = `organization/urn:pulumi:prod::access::${RESOURCE_MODULE}:ApiClient::crm`;

const daysFrom = (first: number, last: number) => Array.from({ length: first - last + 1 }, (_, index) => first - index);
const dateAgo = (start: number, days: number) => new Date(start - days * DAY_MS).toISOString().slice(0, 10);

describe("the command `unused` with a backend", function () {
  this.timeout(120_000);
  const start = Date.now();
  let backend: TestBackend;
  let repository: ReviewRepository;
  let daysAgo: number;

  before(() => {
    repository = openReviewRepository();
    repository.write("index.ts", PROGRAM);
    repository.commit("a client");
  });
  beforeEach(async () => {
    daysAgo = 100;
    backend = await startTestBackend({
      clock: () => new Date((daysAgo === 0 ? Date.now() : start) - daysAgo * DAY_MS),
    });
  });
  afterEach(() => backend.close());
  after(removeTemporaryFolders);

  /** A client that uses one permission on each of these days and another one on the first, and got a third 30 days ago. */
  async function live(days: readonly number[]): Promise<void> {
    const { endpoint, adminToken: token } = backend;
    const access = new AccessClient({ endpoint, token });
    await access.projects.create({ slug: "retail" });
    const { id } = await access.clients.create("retail", { name: "CRM sync", managedBy: OWNER });
    const grant = (permissions: Permission[], ifMatch: number) =>
      access.grants.put("retail", id, { permissions }, { ifMatch });
    await grant(["list:profile", "list:tag"], 0);
    const gateway = new AccessClient({ endpoint, token: await backend.makeActor("gateway", ["retail"]) });
    for (const day of days) {
      daysAgo = day;
      if (day === 30) await grant(["list:profile", "list:tag", "info:task"], 1);
      const now = start - day * DAY_MS;
      const time = new Date(now).toISOString();
      const hour = new Date(Math.floor(now / HOUR_MS) * HOUR_MS).toISOString();
      const used = day === days[0] ? ["list:profile", "list:tag"] : ["list:profile"];
      const counted = { clientId: id, hour, count: 1, refused: 0, first: time, last: time };
      const uses = used.map((permission) => ({ ...counted, permission }));
      await gateway.use.report({ gateway: "edge", batch: `${day}`, from: time, to: time, uses });
    }
  }
  async function unused(...args: string[]) {
    const token = await backend.makeActor("viewer", ["retail"]);
    const access = { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_PROJECT: "retail", XTREMEPUSH_TOKEN: token };
    return repository.review(["unused", "--stack", "prod", ...args], access);
  }

  it("removes what was used before these days only, and leaves what was granted in them", async () => {
    await live(daysFrom(100, 0));

    const { code, stdout, stderr } = await unused();

    assert.deepEqual(stderr.split("\n"), [
      'not known: info:task of "CRM sync" in prod: it was granted less than 90 days ago, or it is not known when',
      "1 of 1 unused for 90 days are in the diff",
      "",
    ]);
    assert.equal(code, 0);
    assert.deepEqual(
      stdout.split("\n").filter((line) => /^[-+] /.test(line)),
      ['-    "list:tag",'],
    );
  });

  it("removes nothing after a hole in the counting, and says from when on it is known", async () => {
    await live([...daysFrom(100, 60), ...daysFrom(58, 0)]);

    const { code, stdout, stderr } = await unused();
    const { stdout: short } = await unused("--days", "50");

    assert.deepEqual([code, stdout], [0, ""]);
    assert.ok(
      stderr.startsWith(
        `not known: "CRM sync" in prod: gateways count since ${dateAgo(start, 58)} only, which is less than 90 days; ` +
          `it is known from ${dateAgo(start, -32)} on\n`,
      ),
      stderr,
    );
    assert.match(short, /^- +"list:tag",$/m);
  });

  it("removes nothing when gateways no longer count", async () => {
    await live(daysFrom(100, 2));
    daysAgo = 0;

    const { code, stdout, stderr } = await unused();

    assert.deepEqual([code, stdout], [0, ""]);
    assert.match(stderr, new RegExp(`gateways \\("edge"\\) have counted until ${dateAgo(start, 2)} only$`, "m"));
  });
});
