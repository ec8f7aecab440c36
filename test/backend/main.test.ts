import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { AccessClient } from "xtremepush-access";
import { VERSION } from "../../backend/src/app/version";
import { makeSecret } from "../../backend/src/credentials/secrets";
import { killBackendProcesses, runCommand, startBackendProcess } from "../support/backend/command-line";
import { folderWithDatabase } from "../support/backend/empty-database";
import { beginPost } from "../support/backend/raw-request";
import { tableBelow } from "../support/docs/markdown-table";
import { removeTemporaryFolders, temporaryFolder } from "../support/process/temporary-folder";

describe("xtremepush-access-backend start", function () {
  this.timeout(60_000);

  afterEach(() => {
    killBackendProcesses();
    removeTemporaryFolders();
  });

  it("runs on a fresh folder, which only its user can read", async () => {
    const cwd = temporaryFolder();

    const backend = await startBackendProcess([], { cwd });

    const folder = join(cwd, ".xtremepush-access");
    const token = readFileSync(join(folder, "admin-token"), "utf8").trim();
    const { id } = await new AccessClient({ endpoint: backend.endpoint, token }).backend.get();
    assert.match(id, /^xpb_/);
    assert.equal(statSync(folder).mode & 0o777, 0o700);
    assert.equal(statSync(join(folder, "admin-token")).mode & 0o777, 0o600);
    assert.match(readFileSync(join(folder, ".gitignore"), "utf8"), /^\*$/m);
    assert.ok(!backend.log().includes(token));
    assert.equal(await backend.stop("SIGTERM"), 0);
  });

  it("tells a person where it listens, where the data is and which command comes next", async () => {
    const cwd = await folderWithDatabase();

    const backend = await startBackendProcess(["--log-format", "text"], { cwd });

    const folder = join(cwd, ".xtremepush-access");
    const text = backend.log();
    assert.ok(text.includes(`The backend listens on ${backend.endpoint}\n`));
    assert.match(text, /^ {2}version {6}\d+\.\d+\.\d+ on PGlite, PostgreSQL \d+\.\d+$/m);
    assert.ok(text.includes(`data         ${folder}\n`));
    assert.ok(
      text.includes(`export XTREMEPUSH_ENDPOINT=${backend.endpoint} XTREMEPUSH_TOKEN=$(cat '${folder}/admin-token')`),
    );
    assert.match(text, /xtremepush-access-backend project create my-project/);
    assert.equal(await backend.stop("SIGTERM"), 0);
    assert.match(backend.log(), /^\d\d:\d\d:\d\d {2}info {3}stopping on SIGTERM$/m);
  });

  it("names no token file when the admin's token was set in another start", async () => {
    const cwd = await folderWithDatabase();
    const env = { XTREMEPUSH_ACCESS_ADMIN_TOKEN: makeSecret("xpat") };
    const first = await startBackendProcess([], { cwd, env });
    await first.stop("SIGTERM");

    const backend = await startBackendProcess(["--log-format", "text"], { cwd });

    assert.match(backend.log(), /^ {2}admin token {2}the one that you set$/m);
    assert.match(backend.log(), /XTREMEPUSH_TOKEN=TOKEN$/m);
    await backend.stop("SIGTERM");
  });

  it("prints a line that a shell accepts, whatever the folder is called", async () => {
    const dataDir = join(temporaryFolder(), "ana's");

    const backend = await startBackendProcess(["--log-format", "text", "--data-dir", dataDir]);

    assert.match(backend.log(), /XTREMEPUSH_TOKEN=\$\(cat '\/.*\/ana'\\''s\/admin-token'\)$/m);
    await backend.stop("SIGTERM");
  });

  it("says in a sentence that its database cannot be opened", async () => {
    const cwd = await folderWithDatabase();
    const first = await startBackendProcess([], { cwd });
    await first.stop("SIGTERM");
    writeFileSync(join(cwd, ".xtremepush-access/database/PG_VERSION"), "9\n");

    const { code, stderr } = await runCommand(["start", "--port", "0"], { cwd });

    assert.equal(code, 1);
    assert.match(stderr, /^The database in .*\/database cannot be opened: .* restore a copy .*\n$/);
  });

  it("refuses a second backend on its folder and says who holds it", async () => {
    const cwd = await folderWithDatabase();
    const first = await startBackendProcess([], { cwd });

    const second = await runCommand(["start", "--port", "0"], { cwd });

    assert.equal(second.code, 1);
    assert.match(
      second.stderr,
      new RegExp(`^The folder .* is held by another backend \\(pid ${first.pid}, since .*\\n$`),
    );
    assert.equal(await first.stop("SIGINT"), 0);
  });

  for (const signal of ["SIGTERM", "SIGHUP"] as const)
    it(`finishes a running request when it is stopped by ${signal}`, async () => {
      const cwd = await folderWithDatabase();
      const backend = await startBackendProcess([], { cwd });
      const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
      const request = await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });

      const stopped = backend.stop(signal);
      const answer = await request.finish();

      assert.match(answer, /HTTP\/1\.1 201/);
      assert.equal(await stopped, 0);
    });

  it("cuts a request that does not end in time", async () => {
    const cwd = await folderWithDatabase();
    const backend = await startBackendProcess([], { cwd, graceMs: 500 });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    await beginPost(`${backend.endpoint}/v1/projects`, token, { slug: "retail" });

    assert.equal(await backend.stop("SIGTERM"), 0);
  });

  it("opens the folder of a killed backend with every write that was answered", async () => {
    const cwd = await folderWithDatabase();
    const killed = await startBackendProcess([], { cwd });
    const token = readFileSync(join(cwd, ".xtremepush-access/admin-token"), "utf8").trim();
    await new AccessClient({ endpoint: killed.endpoint, token }).projects.create({ slug: "retail" });

    assert.equal(await killed.stop("SIGKILL"), null);
    const next = await startBackendProcess([], { cwd });

    const project = await new AccessClient({ endpoint: next.endpoint, token }).projects.get("retail");
    assert.equal(project.slug, "retail");
    assert.equal(await next.stop("SIGTERM"), 0);
  });

  it("writes only the fields that docs/backend.md explains", async () => {
    const backend = await startBackendProcess(["--log-level", "debug"], { cwd: await folderWithDatabase() });
    await fetch(`${backend.endpoint}/healthz`);
    const form = { grant_type: "client_credentials", client_id: "ana", client_secret: "guess" };
    await fetch(`${backend.endpoint}/api/oauth/token`, { method: "POST", body: new URLSearchParams(form) });
    await backend.stop("SIGTERM");

    const documented = tableBelow("docs/backend.md", "## The log").flatMap(
      ([fields = ""]) => fields.match(/\w+/g) ?? [],
    );
    const lines = backend.log().trimEnd().split("\n");
    const written = new Set(lines.flatMap((line) => Object.keys(JSON.parse(line))));
    assert.deepEqual(
      [...written].filter((field) => !documented.includes(field)),
      [],
    );
    assert.ok(["engineVersion", "route", "reason"].every((field) => written.has(field)));
  });

  it("writes nothing but JSON lines when a machine reads", async () => {
    const backend = await startBackendProcess([], { cwd: await folderWithDatabase() });
    await backend.stop("SIGTERM");

    const lines = backend.log().trimEnd().split("\n");

    assert.deepEqual(
      lines.map((line) => typeof JSON.parse(line)),
      lines.map(() => "object"),
    );
    const { version, engine, engineVersion } = lines
      .map((line) => JSON.parse(line))
      .find(({ msg }) => msg === "listening");
    assert.deepEqual([version, engine], [VERSION, "pglite"]);
    assert.match(engineVersion, /^\d+\.\d+/);
  });
});
