import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { AccessClient, type Permission } from "xtremepush-access";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { type ProviderBackend, startProviderBackend } from "../../support/provider/handlers";
import { runProviderCommand } from "../../support/provider/provider-command-line";

const DAY_MS = 86_400_000;

describe("pulumi-xtremepush export --unused-days", function () {
  this.timeout(60_000);

  const start = Date.now();
  let daysAgo: number;
  let backend: ProviderBackend;
  let gateway: AccessClient;
  const ids = new Map<string, string>();

  beforeEach(async () => {
    daysAgo = 100;
    backend = await startProviderBackend({ clock: () => new Date(start - daysAgo * DAY_MS) });
    gateway = new AccessClient({
      ...{ endpoint: backend.endpoint, token: await backend.makeActor("gateway", ["acme"]) },
    });
    await make("CRM sync", ["list:profile", "list:tag", "import:profile"]);
    await make("Dashboard", ["list:profile"]);
  });
  afterEach(async () => {
    await backend.close();
    removeTemporaryFolders();
  });

  async function make(name: string, permissions: Permission[]): Promise<void> {
    const { id } = await backend.admin.clients.create("acme", { name });
    await backend.admin.grants.put("acme", id, { permissions }, { ifMatch: 0 });
    ids.set(name, id);
  }

  /** Both clients list profiles on each of these days. */
  async function countOn(days: readonly number[]): Promise<void> {
    for (const day of days) {
      daysAgo = day;
      const now = start - day * DAY_MS;
      const time = new Date(now).toISOString();
      const hour = new Date(Math.floor(now / 3_600_000) * 3_600_000).toISOString();
      const uses = [...ids.values()].map((clientId) => {
        return { clientId, permission: "list:profile", hour, count: 1, refused: 0, first: time, last: time };
      });
      await gateway.use.report({ gateway: "edge", batch: `${day}`, from: time, to: time, uses });
    }
  }

  async function exported(...args: string[]) {
    const out = path.join(temporaryFolder(), "access");
    const { code, stderr } = await runProviderCommand(["export", "--out", out, ...args], backend.environment);
    return { code, stderr, source: code === 0 ? readFileSync(path.join(out, "index.ts"), "utf8") : "" };
  }
  const comments = (source: string) => source.split("\n").filter((line) => line.startsWith("//"));
  const everyDay = Array.from({ length: 101 }, (_, index) => 100 - index);

  it("writes beside each grant what was not used, and nothing of a grant that was changed in these days", async () => {
    await countOn(everyDay.slice(0, -30));
    daysAgo = 30;
    await make("New", ["list:profile", "list:tag"]);
    await countOn(everyDay.slice(-30));

    const { code, stderr, source } = await exported("--unused-days", "90");

    assert.equal(code, 0, stderr);
    assert.deepEqual(comments(source), [
      "// Not used in the last 90 days, as gateways count it: import:profile, list:tag.",
    ]);
    assert.match(source, /list:tag\.\nnew ScopeGrant\("crm-sync", /);
    assert.deepEqual(comments((await exported()).source), []);
  });

  it("marks nothing, and says why, where gateways have not counted for so long", async () => {
    await countOn(everyDay.slice(50));

    const young = await exported("--unused-days", "90");
    const known = await exported("--unused-days", "40");

    assert.deepEqual([young.code, comments(young.source)], [0, []]);
    assert.match(young.stderr, /^Nothing is marked as unused: gateways do not count for so long yet\.$/m);
    assert.equal(comments(known.source).length, 1);
    daysAgo = 0;
    assert.match((await exported("--unused-days", "0")).stderr, /--unused-days.*a whole number of days, 1 to 400/);
  });
});
