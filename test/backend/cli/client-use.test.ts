import assert from "node:assert/strict";
import { sql } from "kysely";
import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { runCommand } from "../../support/backend/command-line";
import { makeGrantedClient } from "../../support/backend/oauth";

describe("the commands for what is used", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let id: string;

  const run = (...args: string[]) =>
    runCommand(args, { env: { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken } });
  const hour = new Date(Math.floor(Date.now() / 3_600_000) * 3_600_000).toISOString();
  const report = async () => {
    const gateway = new AccessClient({
      endpoint: backend.endpoint,
      token: await backend.makeActor("gateway", ["retail"]),
    });
    const use = { clientId: id, permission: "list:profile", hour, count: 7, refused: 0, first: hour, last: hour };
    await gateway.use.report({ gateway: "edge", batch: "1", from: hour, to: new Date().toISOString(), uses: [use] });
  };

  beforeEach(async () => {
    backend = await startTestBackend();
    ({ id } = await makeGrantedClient(backend, ["list:profile", "list:segment"]));
  });
  afterEach(() => backend.close());

  it("say that nothing is known without a report", async () => {
    const usage = await run("client", "usage", "client 1", "--project", "retail");
    const unused = await run("client", "unused", "--project", "retail");

    const unknown = "No gateway has reported for retail: it is not known what is used.\n";
    assert.deepEqual([usage.stderr, unused.stderr, unused.stdout], [unknown, unknown, ""]);
    assert.match(usage.stdout, /^list:profile +yes +not known$/m);
  });

  it("show what is used and what is not, and since when that is known", async () => {
    await report();
    const time = `${hour.slice(0, 10)} ${hour.slice(11, 19)} UTC`;

    const usage = await run("client", "usage", id, "--project", "retail");
    const young = await run("client", "unused", "--project", "retail");
    const holders = await run("permission", "holders", "list:profile");
    const never = await run("permission", "holders", "list:segment");
    const youngJson = await run("client", "unused", "--project", "retail", "--json");
    const since = new Date(Date.now() - 91 * 86_400_000).toISOString();
    await sql`update use_reporters set since = ${since}`.execute(backend.database.db);
    const unused = await run("client", "unused", "--project", "retail");
    const json = await run("client", "unused", "--project", "retail", "--days", "1", "--json");

    assert.match(usage.stdout, new RegExp(`^list:profile +yes +${time} +7 +0$`, "m"));
    const neverSince = (date: string) => `never \\(counted since ${date.slice(0, 10)}\\)`;
    assert.match(usage.stdout, new RegExp(`^list:segment +yes +${neverSince(hour)} +0 +0$`, "m"));
    assert.match(
      usage.stderr,
      new RegExp(`Gateways report since ${time} only, and it is not known what was used before`),
    );
    assert.match(never.stdout, new RegExp(` ${neverSince(hour)} +no program$`, "m"));
    const knownFrom = new Date(Date.parse(hour) + 90 * 86_400_000).toISOString();
    assert.equal(young.stdout, "");
    assert.match(
      young.stderr,
      new RegExp(
        `^Reported by edge, .* Gateways report since ${time} only, and it is not known what was used before\\. ` +
          `What was not used for 90 days is known from ${knownFrom.slice(0, 10)} ${knownFrom.slice(11, 19)} UTC on\\.\n$`,
      ),
    );
    const { items, notKnown } = JSON.parse(youngJson.stdout);
    assert.deepEqual([items, notKnown], [[], { why: "young", knownFrom }]);
    assert.match(unused.stdout, new RegExp(`^${id} +client 1 +list:segment +${neverSince(since)} +.* UTC$`, "m"));
    assert.doesNotMatch(unused.stdout, /list:profile/);
    assert.match(unused.stderr, /^Reported by edge, until [^.]*\.\n$/);
    assert.match(holders.stdout, new RegExp(`^retail +${id} +client 1 +never +${time} +no program$`, "m"));
    assert.equal(JSON.parse(json.stdout).items[0].permissions[0].permission, "list:segment");
  });

  it("say that nothing is known of days of which no report is", async () => {
    const token = await backend.makeActor("gateway", ["retail"]);
    const gateway = new AccessClient({ endpoint: backend.endpoint, token });
    const end = new Date(Date.now() - 2 * 86_400_000).toISOString();
    await gateway.use.report({ gateway: "edge", batch: "1", from: end, to: end, uses: [] });

    const unused = await run("client", "unused", "--project", "retail", "--days", "1");

    assert.equal(unused.stdout, "");
    assert.match(unused.stderr, /^Reported by edge, .* It is not known what was used since then\.\n$/);
  });

  it("refuse days that are not kept, and exit with 2", async () => {
    const { code, stderr } = await run("client", "unused", "--project", "retail", "--days", "401");

    assert.equal(code, 2);
    assert.match(stderr, /Give a whole number of days, 1 to 400\./);
  });
});
