import assert from "node:assert/strict";
import { AccessClient } from "xtremepush-access";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { runCommand } from "../../support/backend/command-line";

describe("the command audit", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let now: Date;
  let id: string;

  const run = (...args: string[]) =>
    runCommand(["audit", ...args], {
      env: { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken },
    });

  before(async () => {
    now = new Date("2026-03-01T10:00:00Z");
    backend = await startTestBackend({ clock: () => now });
    const admin = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
    await admin.projects.create({ slug: "retail" });
    const token = await backend.makeActor("editor", ["retail"], { name: "ci, nightly" });
    const ci = new AccessClient({ endpoint: backend.endpoint, token });
    ({ id } = await admin.clients.create("retail", { name: "=CRM sync" }));
    await admin.clients.create("retail", { name: "Other" });
    now = new Date("2026-03-05T10:00:00Z");
    await ci.grants.put("retail", id, { permissions: ["list:tag", "list:profile"] }, { ifMatch: 0 });
    await ci.grants.put("retail", id, { permissions: ["list:tag"] }, { ifMatch: 1 });
  });
  after(() => backend.close());

  it("shows who changed what since a day, newest first", async () => {
    const { stdout } = await run("--since", "2026-03-02", "--project", "retail");

    assert.equal(
      stdout,
      [
        '2026-03-05 10:00:00 UTC  ci, nightly  grant.update  retail/"=CRM sync"  -list:profile',
        '2026-03-05 10:00:00 UTC  ci, nightly  grant.update  retail/"=CRM sync"  +list:profile  +list:tag',
        "",
      ].join("\n"),
    );
  });

  it("narrows by client, actor, kind and end, and counts what it finds in JSON", async () => {
    const found = async (...args: string[]) => JSON.parse((await run(...args, "--json")).stdout).length;

    assert.equal(await found("--project", "retail", "--client", "=CRM sync"), 3);
    assert.equal(await found("--project", "retail", "--client", id, "--until", "2026-03-02"), 1);
    assert.equal(await found("--actor", "ci, nightly"), 2);
    assert.equal(await found("--action", "client.create"), 2);
    assert.equal(await found("--action", "client.delete"), 0);
  });

  it("writes CSV that a spreadsheet does not compute", async () => {
    const { stdout } = await run("--csv", "--action", "grant.update", "--until", "2999-01-01");

    const [head, newest, ...rest] = stdout.trimEnd().split("\n");
    assert.equal(
      head,
      "time,actor,actor_id,action,project,target,target_id,target_name,managed_by,revision,changes,request_id",
    );
    assert.match(
      newest ?? "",
      new RegExp(
        `^2026-03-05T10:00:00\\.000Z,"ci, nightly",xpa_\\w+,grant\\.update,retail,grant,${id},'=CRM sync,,2,'-list:profile,xpr_`,
      ),
    );
    assert.equal(rest.length, 1);
  });

  it("says what is wrong with an option", async () => {
    const [client, action, since, both] = await Promise.all([
      run("--client", id),
      run("--action", "grants"),
      run("--since", "yesterday"),
      run("--json", "--csv"),
    ]);

    assert.deepEqual([client?.code, action?.code, since?.code, both?.code], [2, 2, 2, 2]);
    assert.equal(client?.stderr, "--client needs --project: only there its name is unique.\n");
    assert.match(action?.stderr ?? "", /Give an action like grant\.update/);
    assert.match(since?.stderr ?? "", /Give a time like 90d, 12h or 30m, or a date/);
    assert.match(both?.stderr ?? "", /--json.*cannot be used with.*--csv/);
  });
});
