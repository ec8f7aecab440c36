import assert from "node:assert/strict";
import { sql } from "kysely";
import { AccessClient } from "xtremepush-access";
import { isWellFormed } from "../../../backend/src/credentials/secrets";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { runCommand } from "../../support/backend/command-line";

describe("clients and permissions by hand", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;

  const run = (...args: string[]) =>
    runCommand(args, {
      env: {
        XTREMEPUSH_ENDPOINT: backend.endpoint,
        XTREMEPUSH_TOKEN: backend.adminToken,
        XTREMEPUSH_PROJECT: "retail",
      },
    });

  before(async () => {
    backend = await startTestBackend();
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await access.projects.create({ slug: "retail" });
    await access.projects.create({ slug: "travel" });
  });
  after(() => backend.close());

  it("makes a client and writes only its secret to standard output", async () => {
    const made = await run("client", "create", "CRM sync", "--description", "nightly");
    const keyed = await run("client", "create", "Signed", "--no-secret");

    assert.ok(isWellFormed("xpcs", made.stdout.trimEnd()));
    assert.match(
      made.stderr,
      /^Made client xpc_\w+ \("CRM sync"\), which may do nothing yet: `.* client grant xpc_\w+ /,
    );
    assert.deepEqual([keyed.code, keyed.stdout], [0, ""]);
    const { items } = await access.clients.list("retail", { name: "CRM sync" });
    assert.equal(items[0]?.description, "nightly");
  });

  it("shows a change of permissions, the riskiest first, and makes it only with --yes", async () => {
    const { id } = await access.clients.create("retail", { name: "Sync" });
    await access.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 0 });
    const change = ["client", "grant", "Sync", "--add", "list:profile", "export:segment", "--remove", "list:tag"];

    const asked = await run(...change);
    const unchanged = await access.grants.get("retail", id);
    const done = await run(...change, "--yes");
    const again = await run(...change, "--yes");

    assert.deepEqual([asked.code, asked.stdout], [2, ""]);
    assert.match(
      asked.stderr,
      /^client xpc_\w+ \("Sync"\):\n {2}\+ export:segment \(critical\): .+\n {2}\+ list:profile \(\w+\): .+\n {2}- list:tag \(\w+\): .+\nNothing was changed\. Add --yes to change the permissions\.\n$/,
    );
    assert.deepEqual(unchanged.permissions, ["list:tag"]);
    assert.match(done.stdout, /^client xpc_\w+ \("Sync"\) has 2 permissions now\.\n$/);
    assert.match(again.stdout, /^Nothing to change: /);
    const live = await access.grants.get("retail", id);
    assert.deepEqual([...live.permissions].sort(), ["export:segment", "list:profile"]);
  });

  it("says which program would undo the change, and leaves it the owner", async () => {
    const { id } = await access.clients.create("retail", { name: "Managed" });
    await access.grants.put("retail", id, { permissions: ["list:tag"], managedBy: "acme/urn" }, { ifMatch: 0 });

    const { stderr } = await run("client", "grant", id, "--remove", "list:tag", "--yes");

    assert.match(
      stderr,
      /^acme\/urn manages these permissions: its next update sets them back\. Change them there\.$/m,
    );
    assert.equal((await access.grants.get("retail", id)).managedBy, "acme/urn");
  });

  it("names a permission twice once", async () => {
    await access.clients.create("retail", { name: "Twice" });

    const { code, stdout } = await run("client", "grant", "Twice", "--add", "list:tag", "--add", "list:tag", "--yes");

    assert.equal(code, 0);
    assert.match(stdout, / has 1 permission now\.\n$/);
  });

  it("changes no grant with a permission of a newer version", async () => {
    const { id } = await access.clients.create("retail", { name: "Newer" });
    await access.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 0 });
    await sql`update grants set permissions = '{list:hologram,list:tag}' where client = ${id}`.execute(
      backend.database.db,
    );

    const { code, stderr } = await run("client", "grant", id, "--add", "list:profile");

    assert.equal(code, 1);
    assert.match(
      stderr,
      /^client \w+ \("Newer"\) has permissions that this version does not know \(list:hologram\): upgrade this command/,
    );
  });

  it("refuses a permission on both sides, none at all, and an empty project", async () => {
    const both = await run("client", "grant", "Sync", "--add", "list:tag", "--remove", "list:tag");
    const none = await run("client", "grant", "Sync");
    const empty = await run("client", "list", "--project", "");

    assert.deepEqual([both.code, none.code, empty.code], [2, 2, 2]);
    assert.equal(both.stderr, "Both --add and --remove name list:tag: leave one out.\n");
    assert.equal(none.stderr, "Give permissions with --add or --remove.\n");
    assert.match(empty.stderr, /Give the slug of a project/);
  });

  it("finds who has a permission, across projects", async () => {
    const { id } = await access.clients.create("travel", { name: "Booking" });
    await access.grants.put("travel", id, { permissions: ["execute:campaign"] }, { ifMatch: 0 });

    const holders = await run("permission", "holders", "execute:campaign");
    const elsewhere = await run("permission", "holders", "execute:campaign", "--project", "retail");

    assert.match(holders.stdout, new RegExp(`^travel +${id} +Booking +never +not known +no program$`, "m"));
    assert.match(elsewhere.stderr, /No client has this permission\.\n$/);
  });
});
