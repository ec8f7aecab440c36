import assert from "node:assert/strict";
import { cpSync, renameSync } from "node:fs";
import { join } from "node:path";
import { AccessClient } from "xtremepush-access";
import { createActor } from "../../../backend/src/changes/actors";
import { createClient } from "../../../backend/src/changes/clients";
import { createProject } from "../../../backend/src/changes/projects";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { findActorByName } from "../../../backend/src/store/actors";
import { findBackend } from "../../../backend/src/store/backend";
import { findLiveCredentials } from "../../../backend/src/store/credentials";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { removeTemporaryFolders } from "../../support/process/temporary-folder";

describe("admin restored", function () {
  this.timeout(120_000);

  let url: string;
  let database: Database;
  let client: string;
  beforeEach(async () => {
    ({ url } = await makePostgresDatabase());
    database = await openDatabase({ url });
    const change = {
      ...{
        database,
        actor: { id: "xpa_ana", name: "ana", ownerPrefix: null, ceiling: null, expiresTime: null },
        requestId: "xpr_1",
      },
      time: new Date("2026-05-01T12:00:00.000Z"),
    };
    await createProject(change, { slug: "web", name: "Web" });
    ({
      client: { id: client },
    } = await createClient(change, { project: "web", name: "CRM", secretVersion: 1 }));
    const usual = { ownerPrefix: null, ceiling: null, expiresTime: null };
    await createActor(change, { ...usual, name: "root", role: "admin", projects: null, token: "one" });
    await createActor(change, { ...usual, name: "ci", role: "editor", projects: ["web"], token: "other" });
  });
  afterEach(() => database.close());

  const run = (...options: string[]) => runCommand(["admin", "restored", ...options], { env: { DATABASE_URL: url } });
  const epoch = async () => (await findBackend(database.db))?.epoch;
  const liveSecrets = async () => (await findLiveCredentials(database.db, client, new Date())).secrets.length;

  it("lists what works and changes nothing without a yes", async () => {
    const { code, stdout, stderr } = await run("--end-all-secrets");

    assert.equal(code, 2);
    assert.equal(
      stdout,
      [
        "The latest change in this database: 2026-05-01 12:00:00 UTC, actor.create by ana.",
        "",
        "Secrets and public keys that work:",
        "PROJECT  CLIENT                          NAME  CREDENTIAL  MADE                     LAST USED  ENDS",
        `web      ${client}  CRM   secret 1    2026-05-01 12:00:00 UTC  never      never`,
        "",
        "Actors whose tokens work:",
        "NAME  ROLE    PROJECTS  MADE                     ENDS",
        "ci    editor  web       2026-05-01 12:00:00 UTC  never",
        "root  admin   all       2026-05-01 12:00:00 UTC  never",
        "",
      ].join("\n"),
    );
    assert.equal(stderr, "Nothing was changed. Add --yes to give the database another epoch and end 1 secret.\n");
    assert.deepEqual([await epoch(), await liveSecrets()], [1, 1]);
  });

  it("gives the database another epoch, and ends what the options name", async () => {
    const { code, stderr } = await run("--end-all-secrets", "--revoke-actor", "ci", "--yes");

    assert.equal(code, 0, stderr);
    assert.equal(
      stderr,
      `The database has epoch ${await epoch()}. 1 secret ended. 1 actor revoked. Next: \`pulumi refresh\`, then \`pulumi preview --diff\`, in each stack.\n`,
    );
    assert.notEqual(await epoch(), 1);
    assert.equal(await liveSecrets(), 0);
    const [ci, root] = await Promise.all(["ci", "root"].map((name) => findActorByName(database.db, name)));
    assert.notEqual(ci?.revokedTime, null);
    assert.equal(root?.revokedTime, null);
  });

  it("leaves out what was made after the backup", async () => {
    const { code, stdout } = await run("--since", "2026-04-30", "--end-all-secrets", "--yes");

    assert.equal(code, 0);
    assert.match(stdout, /No secret and no public key works\.\n\nNo actor's token works\.\n$/);
    assert.equal(await liveSecrets(), 1);
  });

  it("changes nothing for an actor that is not live, and keeps the last admin", async () => {
    const unknown = await run("--revoke-actor", "ben", "--yes");
    const last = await run("--revoke-actor", "root", "--yes");

    assert.deepEqual([unknown.code, last.code], [1, 1]);
    assert.equal(unknown.stderr, "Nothing was changed. There is no live actor ben.\n");
    assert.equal(
      last.stderr,
      "Nothing was changed. No admin would be left: make one first with `xtremepush-access-backend admin recover`.\n",
    );
    assert.equal(await epoch(), 1);
  });
});

describe("a folder that is brought back from a copy", function () {
  this.timeout(120_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("has a secret again that had ended, which the announcement ends", async () => {
    const cwd = await folderWithDatabase();
    const [data, copy] = [join(cwd, ".xtremepush-access"), join(cwd, "copy")];
    const { stdout } = await runCommand(["token", "generate"]);
    const token = stdout.trimEnd();
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: token };
    const start = async () => {
      const backend = await startBackendProcess([], { cwd, env });
      return { stop: () => backend.stop("SIGTERM"), access: new AccessClient({ endpoint: backend.endpoint, token }) };
    };
    const first = await start();
    await first.access.projects.create({ slug: "web" });
    const { id, clientSecret } = await first.access.clients.create("web", { name: "CRM" });
    await first.access.grants.put("web", id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    await first.stop();
    cpSync(data, copy, { recursive: true });
    const second = await start();
    await second.access.clients.update("web", id, { secretVersion: 0 }, { ifMatch: 1 });
    await second.stop();
    renameSync(data, join(cwd, "lost"));
    renameSync(copy, data);

    const { code, stderr } = await runCommand(["admin", "restored", "--end-all-secrets", "--yes"], { cwd });

    assert.equal(code, 0, stderr);
    const third = await start();
    const credentials = { clientId: id, clientSecret: clientSecret ?? "" };
    await assert.rejects(third.access.oauth.token(credentials), { code: "invalid_client" });
    assert.notEqual((await third.access.backend.get()).epoch, 1);
    await third.stop();
  });
});
