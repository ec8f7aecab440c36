import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { AccessClient, select } from "xtremepush-access";
import { isWellFormed } from "../../../backend/src/credentials/secrets";
import { startTestBackend, type TestBackend } from "../../support/backend/backend";
import { killBackendProcesses, runCommand, runUnread, startBackendProcess } from "../../support/backend/command-line";
import { folderWithDatabase } from "../../support/backend/empty-database";
import { startFaultProxy } from "../../support/backend/fault-proxy";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { makeCertificate } from "../../support/sdk/certificates";

const ROOT = join(__dirname, "../../..");

const COMMANDS = [
  ["start"],
  ["project", "create"],
  ["project", "list"],
  ["actor", "create"],
  ["actor", "list"],
  ["actor", "revoke"],
  ["client", "list"],
  ["client", "show"],
  ["client", "audit"],
  ["client", "usage"],
  ["client", "unused"],
  ["client", "deliveries"],
  ["client", "create"],
  ["client", "grant"],
  ["client", "rotate"],
  ["client", "delete"],
  ["client", "restore"],
  ["client", "release"],
  ["permission", "holders"],
  ["audit"],
  ["admin", "recover"],
  ["admin", "migrate"],
  ["admin", "restored"],
  ["admin", "audit-export"],
  ["admin", "audit-prune"],
  ["token", "generate"],
  ["key", "generate"],
] as const;

/** Writes what each command answers to `--help`, all from one process. */
const HELPS = `
  const { runCommandLine } = require("./backend/dist/cli/program.js");
  const { write } = process.stdout;
  process.stdout.setMaxListeners(0);
  (async () => {
    const helps = [];
    for (const command of ${JSON.stringify(COMMANDS)}) {
      let stdout = "";
      process.stdout.write = (text) => { stdout += text; };
      helps.push({ exitCode: await runCommandLine(["", "", ...command, "--help"]), stdout });
    }
    write.call(process.stdout, JSON.stringify(helps));
  })();`;

describe("the command line", function () {
  this.timeout(60_000);

  it("explains every command with an example", () => {
    const {
      status,
      stdout: texts,
      stderr,
    } = spawnSync(process.execPath, ["-e", HELPS], { cwd: ROOT, encoding: "utf8" });

    assert.deepEqual([status, stderr], [0, ""]);
    const helps: readonly { readonly exitCode: number; readonly stdout: string }[] = JSON.parse(texts);
    assert.equal(helps.length, COMMANDS.length);
    for (const [index, { exitCode, stdout }] of helps.entries()) {
      const name = COMMANDS[index]?.join(" ");
      assert.equal(exitCode, 0, name);
      assert.match(stdout, new RegExp(`^Usage: xtremepush-access-backend ${name}`));
      assert.match(stdout, new RegExp(`Examples?:\\n +\\$ .*xtremepush-access-backend ${name}`));
    }
  });

  it("names the nearest command for an unknown one, and exits with 2", async () => {
    const { code, stderr } = await runCommand(["project", "creat", "retail"]);

    assert.equal(code, 2);
    assert.equal(stderr, "error: unknown command 'creat'\n(Did you mean create?)\n");
  });

  it("says in one sentence which variables are missing, and where the first admin's token is", async () => {
    const { code, stdout, stderr } = await runCommand(["project", "list"]);

    assert.equal(code, 2);
    assert.equal(stdout, "");
    assert.match(stderr, /^Not set: XTREMEPUSH_ENDPOINT and XTREMEPUSH_TOKEN\..*admin-token.*\n$/);
  });

  it("does not repeat a token that was pasted with the name of its variable", async () => {
    const { stderr } = await runCommand(["project", "list"], { env: { XTREMEPUSH_TOKEN: "XTREMEPUSH_TOKEN=xpat_x" } });

    assert.match(stderr, /^Not set: XTREMEPUSH_ENDPOINT\. /);
    assert.ok(!stderr.includes("xpat_x"));
  });

  it("names the variable that is not valid, and never its value", async () => {
    const [plain, odd] = await Promise.all([
      runCommand(["project", "list"], {
        env: { XTREMEPUSH_ENDPOINT: "http://access.example.com", XTREMEPUSH_TOKEN: "xpat_x" },
      }),
      runCommand(["project", "list"], {
        env: { XTREMEPUSH_ENDPOINT: "https://access.example.com", XTREMEPUSH_TOKEN: "xpat_x y" },
      }),
    ]);

    assert.deepEqual([plain.code, odd.code], [2, 2]);
    assert.match(plain.stderr, /^XTREMEPUSH_ENDPOINT is not valid: the endpoint must be https:, .*\n$/);
    assert.match(odd.stderr, /^XTREMEPUSH_TOKEN is not valid: token: must be one word of printable ASCII\n$/);
    assert.doesNotMatch(plain.stderr + odd.stderr, /xpat_x/);
  });

  it("says that the backend does not answer, with its address and without a stack trace", async () => {
    const env = { XTREMEPUSH_ENDPOINT: "http://127.0.0.1:1", XTREMEPUSH_TOKEN: "xpat_x" };

    const { code, stderr } = await runCommand(["project", "create", "retail"], { env });

    assert.equal(code, 1);
    assert.match(stderr, /http:\/\/127\.0\.0\.1:1/);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
    assert.ok(!stderr.includes("xpat_x"));
  });

  it("ends without a stack trace when its output is closed", async () => {
    const { code, stderr } = await runUnread(["token", "generate"]);

    assert.deepEqual([code, stderr], [1, ""]);
  });

  it("loads no server and no database before a command needs them", () => {
    const script = 'require("./backend/dist/cli/program.js"); console.log(Object.keys(require.cache).join("\\n"))';

    const loaded = execFileSync(process.execPath, ["-e", script], { cwd: ROOT, encoding: "utf8" });

    assert.match(loaded, /node_modules\/commander\//);
    assert.doesNotMatch(loaded, /node_modules\/(?:fastify|@electric-sql|kysely|pg|jose)\//);
  });

  it("makes tokens and keys in the format that `start` takes", async () => {
    const token = await runCommand(["token", "generate"]);
    const key = await runCommand(["key", "generate"]);

    assert.ok(isWellFormed("xpat", token.stdout.trimEnd()));
    assert.equal(Buffer.from(key.stdout.trimEnd(), "base64url").length, 32);
  });
});

describe("the commands for projects and actors", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;

  const run = (...args: string[]) =>
    runCommand(args, { env: { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken } });

  beforeEach(async () => {
    backend = await startTestBackend({ clock: () => new Date("2026-03-01T10:00:00Z") });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
  });

  afterEach(() => backend.close());

  it("make and list projects", async () => {
    const made = await run("project", "create", "retail", "--name", "Retail EU");
    const list = await run("project", "list");
    const json = await run("project", "list", "--json");

    assert.equal(made.stdout, "Made the project retail (Retail EU).\n");
    assert.equal(
      list.stdout,
      [
        "PROJECT  NAME       CREATED                  BY",
        "retail   Retail EU  2026-03-01 10:00:00 UTC  admin",
        "",
      ].join("\n"),
    );
    assert.equal(JSON.parse(json.stdout)[0].slug, "retail");
  });

  it("write only the token of a new actor to standard output", async () => {
    await access.projects.create({ slug: "retail" });

    const { stdout, stderr } = await run(
      "actor",
      "create",
      "ci",
      "--role",
      "editor",
      "--project",
      "retail",
      "--expires",
      "9999d",
    );

    assert.ok(isWellFormed("xpat", stdout.trimEnd()));
    assert.match(stderr, /^Made the editor ci\. Its token is shown only once; it expires: 20\d\d-/);
    const asActor = new AccessClient({ endpoint: backend.endpoint, token: stdout.trimEnd() });
    assert.equal((await asActor.projects.get("retail")).slug, "retail");
  });

  it("revoke an actor by its name", async () => {
    const token = await backend.makeActor("admin", undefined, { name: "ci" });

    const revoked = await run("actor", "revoke", "ci");
    const unknown = await run("actor", "revoke", "nobody");
    const list = await run("actor", "list");

    assert.match(revoked.stdout, /^Revoked ci \(xpa_[a-z2-7]{26}\): its token no longer works\.\n$/);
    assert.deepEqual([unknown.code, unknown.stderr.split(":")[0]], [1, "There is no actor nobody"]);
    assert.match(list.stdout, /ci +admin +all +any +any +never +revoked 2026-03-01 10:00:00 UTC/);
    await assert.rejects(new AccessClient({ endpoint: backend.endpoint, token }).backend.get(), { status: 401 });
  });

  it("list the live actors that end soon", async () => {
    await backend.makeActor("admin", undefined, { name: "soon", expiresTime: new Date("2999-01-01") });
    await backend.makeActor("admin", undefined, { name: "never" });

    const soon = await run("actor", "list", "--expiring", "2999-01-02");
    const nobody = await run("actor", "list", "--expiring", "30m");

    assert.match(soon.stdout, /^\S+ +soon +admin /m);
    assert.doesNotMatch(soon.stdout, / never +admin /);
    assert.deepEqual([nobody.code, nobody.stdout], [0, ""]);
    assert.match(nobody.stderr, /^No actor ends before 20/);
  });

  it("make an editor that is bound to owners", async () => {
    await access.projects.create({ slug: "retail" });
    const options = ["--role", "editor", "--project", "retail", "--owner-prefix"];

    const made = await run("actor", "create", "team a", ...options, "team-a/");
    const open = await run("actor", "create", "team b", ...options, "team-b");
    const list = await run("actor", "list");

    assert.match(made.stderr, /^Made the editor team a of the owners team-a\/…\. Its token is shown only once/);
    assert.equal(open.code, 2);
    assert.match(open.stderr, /ownerPrefix: .*write team-a\//);
    assert.match(list.stdout, /team a +editor +retail +any +team-a\/… +never +live$/m);
  });

  it("make an editor with a ceiling, of listed permissions or of a risk", async () => {
    await access.projects.create({ slug: "retail-2" });
    const create = (name: string, ...options: readonly string[]) =>
      run("actor", "create", name, "--role", "editor", "--project", "retail-2", ...options);

    const listed = await create("listed", "--ceiling", "list:profile", "export:segment");
    const risky = await create("risky", "--ceiling-risk", "medium", "--json");
    const both = await create("both", "--ceiling", "list:profile", "--ceiling-risk", "low");
    const misspelt = await create("misspelt", "--ceiling", "list:profil");
    const list = await run("actor", "list");

    assert.match(listed.stderr, /^Made the editor listed, with a ceiling of 2 permissions\. /);
    assert.deepEqual(JSON.parse(risky.stdout).ceiling, select({ maxRisk: "medium" }));
    assert.deepEqual([both.code, misspelt.code], [2, 2]);
    assert.match(misspelt.stderr, /list:profile/);
    assert.match(list.stdout, /listed +editor +retail-2 +2 permissions +any +never +live$/m);
  });

  it("refuse the end of a token on a day that its month does not have", async () => {
    const { code, stderr } = await run("actor", "create", "ci", "--role", "admin", "--expires", "2027-02-31");

    assert.equal(code, 2);
    assert.match(stderr, /Give a time like 90d, 12h or 30m, or a date like 2027-01-31\./);
  });
});

describe("the commands for clients", function () {
  this.timeout(60_000);
  let backend: TestBackend;
  let access: AccessClient;
  let project: string;
  let projects = 0;

  const run = (...args: string[]) =>
    runCommand(args, { env: { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: backend.adminToken } });

  before(async () => {
    backend = await startTestBackend({ clock: () => new Date("2026-03-01T10:00:00Z") });
    access = new AccessClient({ endpoint: backend.endpoint, token: backend.adminToken });
  });
  beforeEach(async () => {
    projects += 1;
    project = `retail-${projects}`;
    await access.projects.create({ slug: project });
  });
  after(() => backend.close());

  it("say what to do when a list is empty, and keep JSON JSON", async () => {
    const people = await run("client", "list", "--project", project);
    const machine = await run("client", "list", "--project", project, "--json");

    assert.deepEqual([people.code, people.stdout], [0, ""]);
    assert.match(people.stderr, /^No clients yet: /);
    assert.deepEqual(JSON.parse(machine.stdout), []);
  });

  it("show a client with the titles and risks of its grant, by name and by ID", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    await access.grants.put(project, id, { permissions: ["list:profile", "export:segment"] }, { ifMatch: 0 });

    const byName = await run("client", "show", "CRM sync", "--project", project);
    const byId = await run("client", "show", id, "--project", project, "--json");

    assert.match(byName.stdout, new RegExp(`^client +${id}\n`));
    assert.match(byName.stdout, /^last used +never$/m);
    assert.match(byName.stdout, /^PERMISSION +RISK +TITLE$/m);
    assert.match(byName.stdout, /^export:segment +critical +\S/m);
    assert.deepEqual(JSON.parse(byId.stdout).grant.permissions, ["list:profile", "export:segment"]);
  });

  it("show the secrets and the keys of a client", async () => {
    const { certificate } = await makeCertificate({
      notBefore: new Date("2026-02-01T00:00:00Z"),
      notAfter: new Date("2026-06-01T00:00:00Z"),
    });
    const made = await access.clients.create(project, { name: "CRM sync", publicKeys: { "2026-q1": certificate } });
    await access.clients.update(project, made.id, { secretVersion: 2 }, { ifMatch: 1 });

    const shown = await run("client", "show", "CRM sync", "--project", project);

    assert.match(shown.stdout, /^secret +version 2$/m);
    assert.match(shown.stdout, /^SECRET +CREATED +LAST USED +ENDS$/m);
    assert.match(shown.stdout, /^version 1 +2026-03-01 10:00:00 UTC +never +2026-03-02 10:00:00 UTC$/m);
    assert.match(shown.stdout, /^version 2 +2026-03-01 10:00:00 UTC +never +never$/m);
    assert.match(shown.stdout, /^2026-q1 +certificate +ES256 +2026-06-01 00:00:00 UTC +[0-9a-f]{64}$/m);
  });

  it("write only the next secret of a client to standard output, and say until when the first works", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "acme/urn" });

    const rotated = await run("client", "rotate", "CRM sync", "--project", project, "--overlap", "7d");

    assert.ok(isWellFormed("xpcs", rotated.stdout.trimEnd()));
    assert.equal(
      rotated.stderr,
      `Made secret version 2 of client ${id} ("CRM sync"); it is shown only once. Version 1 works until 2026-03-08 10:00:00 UTC. ` +
        "acme/urn manages it: declare secretVersion: 2 there.\n",
    );
    const clientSecret = rotated.stdout.trimEnd();
    await assert.rejects(access.oauth.token({ clientId: id, clientSecret }), { code: "invalid_scope" });
  });

  it("create a secret again whose answer was lost, and repeat the backend's refusal of a third", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    await access.clients.update(project, id, { secretVersion: 2 }, { ifMatch: 1 });

    const again = await run("client", "rotate", id, "--project", project, "--to", "2");
    const third = await run("client", "rotate", "CRM sync", "--project", project);

    assert.ok(isWellFormed("xpcs", again.stdout.trimEnd()));
    assert.deepEqual([third.code, third.stdout], [1, ""]);
    assert.match(third.stderr, /version 1 lives until 2026-03-02T10:00:00\.000Z; version 2 was never used: ask for/);
    const command = `xtremepush-access-backend client rotate ${id} --project ${project}`;
    assert.ok(third.stderr.endsWith(` Here that is \`${command} --to 2\` or \`${command} --overlap 0s\`.\n`));
  });

  it("create a secret again when the answer with it was lost", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    const proxy = await startFaultProxy(backend.endpoint);
    let patches = 0;
    proxy.meet(({ call }) => (call === "PATCH client" && ++patches === 1 ? "cut-after" : null));

    const env = { XTREMEPUSH_ENDPOINT: proxy.endpoint, XTREMEPUSH_TOKEN: backend.adminToken };
    const rotated = await runCommand(["client", "rotate", "CRM sync", "--project", project], { env });
    await proxy.close();

    const clientSecret = rotated.stdout.trimEnd();
    assert.match(
      rotated.stderr,
      /^Made secret version 2 of client xpc_\w+ \("CRM sync"\).*shown only once\. Version 1 works/,
    );
    await assert.rejects(access.oauth.token({ clientId: id, clientSecret }), { code: "invalid_scope" });
    assert.equal((await access.clients.get(project, id)).revision, 3);
  });

  it("create no secret when somebody else has changed the client in the meantime", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    const proxy = await startFaultProxy(backend.endpoint);
    proxy.meet(async ({ call }) => {
      if (call === "PATCH client") await access.clients.update(project, id, { name: "CRM" }, { ifMatch: 1 });
      return null;
    });

    const env = { XTREMEPUSH_ENDPOINT: proxy.endpoint, XTREMEPUSH_TOKEN: backend.adminToken };
    const rotated = await runCommand(["client", "rotate", id, "--project", project], { env });
    await proxy.close();

    assert.deepEqual([rotated.code, rotated.stdout], [1, ""]);
    assert.equal((await access.clients.get(project, id)).secretVersion, 1);
  });

  it("leave the secret that somebody else got in the meantime, and name them", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    const ana = new AccessClient({
      endpoint: backend.endpoint,
      token: await backend.makeActor("editor", [project], { name: "ana" }),
    });
    const proxy = await startFaultProxy(backend.endpoint);
    let shown = "";
    proxy.meet(async ({ call }) => {
      if (call !== "PATCH client" || shown !== "") return null;
      const { clientSecret } = await ana.clients.update(project, id, { secretVersion: 2 }, { ifMatch: 1 });
      shown = clientSecret ?? "";
      return null;
    });

    const env = { XTREMEPUSH_ENDPOINT: proxy.endpoint, XTREMEPUSH_TOKEN: backend.adminToken };
    const rotated = await runCommand(["client", "rotate", id, "--project", project], { env });
    await proxy.close();

    assert.deepEqual([rotated.code, rotated.stdout], [1, ""]);
    assert.match(rotated.stderr, /changed by ana at .* since revision 1 \(now 2\)/);
    await assert.rejects(access.oauth.token({ clientId: id, clientSecret: shown }), { code: "invalid_scope" });
  });

  it("name the maker of an unused secret that they replace when an answer was lost and somebody else was faster", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    const ben = new AccessClient({
      endpoint: backend.endpoint,
      token: await backend.makeActor("editor", [project], { name: "ben" }),
    });
    const proxy = await startFaultProxy(backend.endpoint);
    let patches = 0;
    proxy.meet(async ({ call }) => {
      if (call !== "PATCH client" || ++patches > 1) return null;
      await ben.clients.update(project, id, { secretVersion: 2 }, { ifMatch: 1 });
      return "cut-before";
    });

    const env = { XTREMEPUSH_ENDPOINT: proxy.endpoint, XTREMEPUSH_TOKEN: backend.adminToken };
    const rotated = await runCommand(["client", "rotate", id, "--project", project], { env });
    await proxy.close();

    assert.ok(isWellFormed("xpcs", rotated.stdout.trimEnd()));
    assert.match(
      rotated.stderr,
      /shown only once\. It replaces the one that ben made at 2026-03-01 10:00:00 UTC, which has ended: tell them\. /,
    );
  });

  it("create the next free version after a time without a secret", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", secretVersion: 4 });
    await access.clients.update(project, id, { secretVersion: 0 }, { ifMatch: 1 });

    const rotated = await run("client", "rotate", id, "--project", project);
    const taken = await run("client", "rotate", id, "--project", project, "--to", "3");

    assert.match(rotated.stderr, /^Made secret version 5 of client xpc_\w+ \("CRM sync"\)/);
    assert.deepEqual([taken.code, taken.stdout], [1, ""]);
    assert.match(taken.stderr, /cannot have version 3 any more; ask for version 6$/m);
  });

  it("name no version above the last one", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", secretVersion: 1_000_000 });

    const next = await run("client", "rotate", id, "--project", project);
    await access.clients.update(project, id, { secretVersion: 0 }, { ifMatch: 1 });
    const free = await run("client", "rotate", id, "--project", project);

    assert.equal(next.code, 1);
    assert.match(
      next.stderr,
      /^The client xpc_\w+ \("CRM sync"\) is at secret version 1000000, which is the last: create another client, or/,
    );
    assert.equal(free.code, 1);
    assert.match(free.stderr, /cannot have version 1 any more; 1000000 was the last: create another client$/m);
  });

  it("refuse an invalid overlap and version without a request", async () => {
    const overlap = await run("client", "rotate", "CRM sync", "--project", project, "--overlap", "91d");
    const versions = await Promise.all(
      ["0", "1.5", "-1", "two", ""].map((to) => run("client", "rotate", "CRM sync", "--project", project, "--to", to)),
    );

    assert.equal(overlap.code, 2);
    assert.match(overlap.stderr, /an overlap is at most 90d/);
    for (const { code, stderr } of versions) {
      assert.equal(code, 2);
      assert.match(stderr, /Give a whole number from 1 on\./);
    }
  });

  it("show where the secrets of a client were delivered, and forget a delivery", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    const none = await run("client", "deliveries", "CRM sync", "--project", project);
    const delivery = { environment: "crm/dev", destination: "dotenv", place: ".env.dev", secretVersion: 1 };
    const { id: old } = await access.deliveries.put(project, id, delivery);
    await access.clients.update(project, id, { secretVersion: 2 }, { ifMatch: 1 });
    await access.deliveries.put(project, id, {
      ...delivery,
      destination: "github",
      place: "acme/crm",
      secretVersion: 2,
    });

    const { stdout } = await run("client", "deliveries", "CRM sync", "--project", project);
    const forgotten = await run("client", "deliveries", id, "--project", project, "--forget", old);
    const left = await run("client", "deliveries", id, "--project", project, "--json");

    assert.match(none.stderr, /^No delivery of this client is known/);
    assert.match(stdout, /^DELIVERY +DESTINATION +PLACE +ENVIRONMENT +VERSION +STATE +DELIVERED +BY$/m);
    assert.match(stdout, /^xpd_\w+ +dotenv +\.env\.dev +crm\/dev +1 +stale +2026-03-01 10:00:00 UTC +admin$/m);
    assert.match(stdout, /^xpd_\w+ +github +acme\/crm +crm\/dev +2 +current +/m);
    assert.equal(forgotten.stdout, `${old} is forgotten: it holds back no rotation.\n`);
    assert.deepEqual(
      JSON.parse(left.stdout).map(({ destination }: { destination: string }) => destination),
      ["github"],
    );
  });

  it("delete a client only with --yes, and say when it was last used and how to restore it", async () => {
    const { id, clientSecret } = await access.clients.create(project, { name: "CRM sync" });
    await access.grants.put(project, id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    await access.oauth.token({ clientId: id, clientSecret: clientSecret ?? "" });

    const asked = await run("client", "delete", "CRM sync", "--project", project);
    const live = await access.clients.get(project, id);
    const deleted = await run("client", "delete", "CRM sync", "--project", project, "--yes");
    const list = await run("client", "list", "--project", project, "--deleted");
    const shown = await run("client", "show", id, "--project", project);

    assert.deepEqual([asked.code, asked.stdout, live.deletedTime], [2, "", null]);
    assert.match(
      asked.stderr,
      /^Not deleted: client xpc_\w+ \("CRM sync"\), last used: 2026-03-01 10:00:00 UTC\. Add --yes/,
    );
    assert.equal(
      deleted.stdout,
      `Deleted client ${id} ("CRM sync"), last used: 2026-03-01 10:00:00 UTC. Until 2026-03-31 10:00:00 UTC ` +
        `\`xtremepush-access-backend client restore ${id} --project ${project}\` brings it back.\n`,
    );
    assert.match(list.stdout, /^CLIENT +NAME +PERMISSIONS +LAST USED +DELETED +RESTORE UNTIL$/m);
    assert.match(
      list.stdout,
      /CRM sync +1 +2026-03-01 10:00:00 UTC +2026-03-01 10:00:00 UTC +2026-03-31 10:00:00 UTC$/m,
    );
    assert.match(shown.stdout, /^deleted +2026-03-01 10:00:00 UTC, can be restored until 2026-03-31 10:00:00 UTC$/m);
    assert.match(shown.stdout, /^secret +version 1, which no longer works/m);
  });

  it("restore a client, under another name when its own is taken, and say what to do next", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    await access.grants.put(project, id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    await access.clients.delete(project, id, { ifMatch: 1 });
    await access.clients.create(project, { name: "CRM sync" });

    const taken = await run("client", "restore", id, "--project", project);
    const restored = await run("client", "restore", id, "--project", project, "--name", "CRM sync 2");
    const again = await run("client", "restore", id, "--project", project);
    const rotated = await run("client", "rotate", id, "--project", project);

    assert.equal(taken.code, 1);
    assert.match(taken.stderr, /the name "CRM sync" is taken/);
    assert.equal(
      restored.stdout,
      `Restored client ${id} ("CRM sync 2") with 1 permission. None of its secrets and keys work: ` +
        `\`xtremepush-access-backend client rotate ${id} --project ${project}\` makes a secret.\n`,
    );
    assert.equal(again.stdout, `The client ${id} ("CRM sync 2") is already live; nothing changed.\n`);
    assert.match(rotated.stderr, /^Made secret version 2 of client xpc_\w+ \("CRM sync 2"\)/);
  });

  it("restore a client for an owner, which an actor that is bound to owners must name", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "team-a/crm" });
    await access.clients.delete(project, id, { ifMatch: 1 });
    const token = await backend.makeActor("editor", [project], { name: "team a", ownerPrefix: "team-a/" });
    const env = { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: token };
    const restore = (...options: string[]) =>
      runCommand(["client", "restore", id, "--project", project, ...options], { env });

    const nobodys = await restore();
    const restored = await restore("--managed-by", "team-a/crm");

    assert.deepEqual([nobodys.code, nobodys.stdout], [1, ""]);
    assert.match(nobodys.stderr, /would belong to no owner, and the actor "team a" is bound to owners that begin with/);
    assert.match(restored.stdout, /^Restored client xpc_\w+ \("CRM sync"\) /);
    assert.equal((await access.clients.get(project, id)).managedBy, "team-a/crm");
  });

  it("say that there is nothing to restore, and which client is not there", async () => {
    const unknown = "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa";

    const list = await run("client", "list", "--project", project, "--deleted");
    const restored = await run("client", "restore", unknown, "--project", project);
    const deleted = await run("client", "delete", "Nobody", "--project", project, "--yes");

    assert.deepEqual([list.stdout, list.stderr], ["", "No client was deleted in the last 30 days.\n"]);
    assert.equal(restored.code, 1);
    assert.match(restored.stderr, new RegExp(`there is no client xpc_a+ in ${project}`));
    assert.match(deleted.stderr, new RegExp(`^There is no client Nobody in ${project}: `));
  });

  it("release a client and its grant from their program, which changes nothing else", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "team-a/crm" });
    const grant = { permissions: ["list:profile"] as const, managedBy: "team-a/grant" };
    await access.grants.put(project, id, grant, { ifMatch: 0 });

    const released = await run("client", "release", "CRM sync", "--project", project);
    const again = await run("client", "release", id, "--project", project);

    assert.equal(
      released.stdout,
      `Released client ${id} ("CRM sync") and its grant from team-a/crm and team-a/grant: another program can adopt it now. ` +
        "One that still has it in its state takes it back with its next change after a refresh, unless another has it by then.\n",
    );
    assert.equal(again.stdout, `The client ${id} ("CRM sync") already has no owner; nothing was changed.\n`);
    const { managedBy, permissions, revision } = await access.grants.get(project, id);
    assert.deepEqual([managedBy, permissions, revision], [null, ["list:profile"], 2]);
    const client = await access.clients.get(project, id);
    assert.deepEqual([client.managedBy, client.secrets.length, client.revision], [null, 1, 2]);
  });

  it("release a grant alone, whose client keeps its owner", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "team-a/crm" });
    await access.grants.put(project, id, { permissions: ["info:task"], managedBy: "team-b/grant" }, { ifMatch: 0 });

    const released = await run("client", "release", id, "--grant", "--project", project);
    const again = await run("client", "release", id, "--grant", "--project", project);

    assert.match(
      released.stdout,
      /^Released the grant of client xpc_\w+ \("CRM sync"\) from team-b\/grant: another program can declare it now\./,
    );
    assert.match(
      again.stdout,
      /^The grant of client xpc_\w+ \("CRM sync"\) already has no owner; nothing was changed\./,
    );
    assert.equal((await access.clients.get(project, id)).managedBy, "team-a/crm");
    const grant = await access.grants.get(project, id);
    assert.deepEqual([grant.managedBy, grant.permissions], [null, ["info:task"]]);
  });

  it("release a client whose grant was never set", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "team-a/crm" });

    const released = await run("client", "release", id, "--project", project);

    assert.match(released.stdout, /^Released client xpc_\w+ \("CRM sync"\) and its grant from team-a\/crm: /);
    assert.equal((await access.grants.get(project, id)).revision, 0);
  });

  it("do not release a client as an actor that is bound to owners, and change nothing", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync", managedBy: "team-a/crm" });
    const grant = { permissions: ["list:profile"] as const, managedBy: "team-a/crm" };
    await access.grants.put(project, id, grant, { ifMatch: 0 });
    const token = await backend.makeActor("editor", [project], { name: "editor of team a", ownerPrefix: "team-a/" });
    const env = { XTREMEPUSH_ENDPOINT: backend.endpoint, XTREMEPUSH_TOKEN: token };

    const released = await runCommand(["client", "release", id, "--project", project], { env });

    assert.deepEqual([released.code, released.stdout], [1, ""]);
    assert.match(
      released.stderr,
      /would belong to no owner, and the actor "editor of team a" is bound to owners that begin with/,
    );
    assert.equal((await access.clients.get(project, id)).managedBy, "team-a/crm");
    assert.equal((await access.grants.get(project, id)).managedBy, "team-a/crm");
  });

  it("show who changed a client, one line a change", async () => {
    const { id } = await access.clients.create(project, { name: "CRM sync" });
    await access.grants.put(project, id, { permissions: ["list:profile", "list:tag"] }, { ifMatch: 0 });
    await access.grants.put(project, id, { permissions: ["list:profile", "info:profile"] }, { ifMatch: 1 });

    const { stdout } = await run("client", "audit", "CRM sync", "--project", project);

    const [latest, earlier, first] = stdout.split("\n");
    assert.equal(latest, "2026-03-01 10:00:00 UTC  admin  grant.update  +info:profile  -list:tag");
    assert.match(earlier ?? "", /admin {2}grant\.\w+ .* \+list:profile {2}\+list:tag$/);
    assert.match(first ?? "", /admin {2}client\.create {2}.*name: "CRM sync"/);
  });

  it("repeat the backend's refusal in one sentence", async () => {
    const { code, stderr } = await run("client", "list", "--project", "nowhere");

    assert.equal(code, 1);
    assert.match(stderr, /nowhere/);
    assert.equal(stderr.trimEnd().split("\n").length, 1);
  });
});

describe("admin recover", function () {
  this.timeout(60_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("makes an admin beside a backend that runs on a PostgreSQL server", async () => {
    const { url } = await makePostgresDatabase();
    const { stdout: first } = await runCommand(["token", "generate"]);
    const env = { DATABASE_URL: url, XTREMEPUSH_ACCESS_ADMIN_TOKEN: first.trimEnd() };
    const backend = await startBackendProcess([], { env });

    const { code, stdout, stderr } = await runCommand(["admin", "recover", "--name", "ana"], {
      env: { DATABASE_URL: url },
    });

    assert.equal(code, 0);
    assert.match(stderr, /^Made the admin ana\./);
    const access = new AccessClient({ endpoint: backend.endpoint, token: stdout.trimEnd() });
    const [event] = (await access.audit.all()).items;
    assert.deepEqual([event?.action, event?.target.name], ["admin.recover", "ana"]);
    assert.equal(await backend.stop("SIGTERM"), 0);
  });

  it("works on a folder whose backend is stopped, and refuses while it runs", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd });

    const running = await runCommand(["admin", "recover", "--name", "ana"], { cwd });
    await backend.stop("SIGTERM");
    const stopped = await runCommand(["admin", "recover", "--name", "ana"], { cwd });

    assert.deepEqual([running.code, running.stdout], [1, ""]);
    assert.match(running.stderr, /is held by another backend .*: stop it/);
    assert.ok(isWellFormed("xpat", stopped.stdout.trimEnd()));
  });

  it("makes no folder where there is none", async () => {
    const cwd = temporaryFolder();

    const { code, stderr } = await runCommand(["admin", "recover", "--name", "ana"], { cwd });

    assert.equal(code, 1);
    assert.match(stderr, /^There is no backend in .*: give its folder with --data-dir, or set DATABASE_URL\.\n$/);
    assert.deepEqual(readdirSync(cwd), []);
  });

  it("creates no backend in a folder without one", async () => {
    const cwd = temporaryFolder();
    const folder = join(cwd, "empty");
    mkdirSync(folder);

    const { code, stdout, stderr } = await runCommand(["admin", "recover", "--name", "ana", "--data-dir", folder]);

    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /^There is no backend in .*\/empty: give its folder/);
    assert.deepEqual(readdirSync(folder), []);
  });
});
