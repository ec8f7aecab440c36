import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { Client } from "pg";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { killBackendProcesses, runCommand, startBackendProcess } from "../../support/backend/command-line";
import { type DocumentedRoles, makeDocumentedRoles } from "../../support/backend/documented-roles";
import { makeGrantedClient, postForm, tokenForm } from "../../support/backend/oauth";
import { SYSTEM_POSTGRES, type SystemPostgres, startSystemPostgres } from "../../support/backend/system-postgres";
import { fencedBlock } from "../../support/docs/fenced-block";

describe("the roles of docs/operations.md, on Debian's PostgreSQL (/usr/lib/postgresql) with its pg_dump", function () {
  this.timeout(120_000);
  const adminToken = makeSecret("xpat");
  let folder: string;
  let server: SystemPostgres;
  let roles: DocumentedRoles;

  before(async function () {
    if (SYSTEM_POSTGRES === undefined) this.skip();
    folder = mkdtempSync(path.join(tmpdir(), "xtremepush-access-backup-"));
    server = await startSystemPostgres(SYSTEM_POSTGRES);
    roles = await makeDocumentedRoles(server.url);
  });
  afterEach(killBackendProcesses);
  after(() => {
    server?.close();
    if (folder !== undefined) rmSync(folder, { recursive: true });
  });

  /** Runs the command that the page prints. */
  function follow(command: string): void {
    const text = fencedBlock("docs/operations.md", "sh", command)
      .replace("postgresql://access_backup@db.internal/access", roles.urlOf("access_backup"))
      .replace("postgresql://access_owner@db.internal/access_restored", roles.urlOf("access_owner", "access_restored"));
    const PATH = `${SYSTEM_POSTGRES}:${process.env["PATH"]}`;
    execFileSync("bash", ["-ec", text], { cwd: folder, env: { PATH }, stdio: "pipe" });
  }

  async function query(url: string, statement: string) {
    const client = new Client({ connectionString: url });
    await client.connect();
    try {
      return (await client.query(statement)).rows;
    } finally {
      await client.end();
    }
  }

  it("serve, dump and restore: the secret of a client works on the restored database", async () => {
    const env = { DATABASE_URL: roles.urlOf("access_serve"), XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const backend = await startBackendProcess([], { env });
    const client = await makeGrantedClient({ ...backend, adminToken }, ["list:profile"]);
    await backend.stop("SIGTERM");

    follow("pg_dump --format");
    await query(server.url, "create database access_restored owner access_owner");
    follow("pg_restore --no-owner");
    const restoredEnv = { DATABASE_URL: roles.urlOf("access_serve", "access_restored") };
    const announced = await runCommand(["admin", "restored", "--yes"], { env: restoredEnv });
    const restored = await startBackendProcess([], { env: restoredEnv });

    const { status, body } = await postForm(`${restored.endpoint}/api/oauth/token`, tokenForm(client));
    assert.equal(announced.code, 0, announced.stderr);
    assert.equal(status, 200, JSON.stringify(body));
    assert.equal(body["scope"], "list:profile");
  });

  it("let the one for backups read, and change nothing", async () => {
    const url = roles.urlOf("access_backup");

    for (const table of ["clients", "audit", "signing_keys"]) {
      await query(url, `select * from ${table}`);
      await assert.rejects(query(url, `delete from ${table}`), { code: "42501" });
    }
    await assert.rejects(query(url, "create table more ()"), { code: "42501" });
  });

  it("give the one that serves and the one for backups what a new version makes, and no change of audit rows", async () => {
    await query(roles.urlOf("access_owner"), "create table later (id bigint generated always as identity, name text)");

    await query(roles.urlOf("access_serve"), "insert into later (name) values ('one')");
    const rows = await query(
      roles.urlOf("access_backup"),
      "select id, name, (select last_value from later_id_seq) from later",
    );

    assert.deepEqual(rows, [{ id: "1", name: "one", last_value: "1" }]);
    for (const change of ["delete from audit", "update audit set action = 'x'", "truncate audit"]) {
      await assert.rejects(query(roles.urlOf("access_serve"), change), { code: "42501" });
    }
  });
});
