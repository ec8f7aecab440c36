import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { Client } from "pg";
import { AccessClient } from "xtremepush-access";
import { makeSecret } from "../../backend/src/credentials/secrets";
import { assertProblem, callerOf } from "../support/backend/api";
import { killBackendProcesses, runCommand, startBackendProcess } from "../support/backend/command-line";
import { makePostgresDatabase } from "../support/backend/postgres";

describe("a role that only serves", function () {
  this.timeout(60_000);

  afterEach(killBackendProcesses);

  it("writes clients with their audit rows, and cannot change those rows", async () => {
    const { url } = await makePostgresDatabase();
    const role = `serve_${randomUUID().replaceAll("-", "")}`;
    const password = randomUUID();
    const serving = new URL(url);
    serving.username = role;
    serving.password = password;
    const owner = new Client({ connectionString: url });
    await owner.connect();
    await owner.query(`create role ${role} login password '${password}'`);
    const unmigrated = await runCommand(["start", "--port", "0"], { env: { DATABASE_URL: serving.href } });
    const migrated = await runCommand(["admin", "migrate"], { env: { DATABASE_URL: url } });
    // As docs/backend.md shows.
    await owner.query(`
      grant usage on schema public to ${role};
      grant select, insert, update, delete on all tables in schema public to ${role};
      revoke update, delete, truncate on audit from ${role};
      alter default privileges in schema public grant select, insert, update, delete on tables to ${role}`);
    await owner.end();
    const { stdout } = await runCommand(["token", "generate"]);
    const adminToken = stdout.trimEnd();

    const backend = await startBackendProcess([], {
      env: { DATABASE_URL: serving.href, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken },
    });

    const access = new AccessClient({ endpoint: backend.endpoint, token: adminToken });
    await access.projects.create({ slug: "retail" });
    const { id } = await access.clients.create("retail", { name: "CRM sync" });
    assert.equal((await access.audit.ofClient("retail", id)).items.length, 1);
    assert.equal(await backend.stop("SIGTERM"), 0);
    const server = new Client({ connectionString: serving.href });
    await server.connect();
    await assert.rejects(server.query("update audit set actor_name = 'nobody'"), { code: "42501" });
    await assert.rejects(server.query("alter table audit disable trigger all"), { code: "42501" });
    await server.end();
    assert.equal(unmigrated.code, 1);
    assert.match(
      unmigrated.stderr,
      /^The user of DATABASE_URL may not make tables: .*docs\/backend\.md.* \(42501\)\.\n$/,
    );
    assert.equal(migrated.stdout, "The tables are up to date.\n");
  });

  it("that lacks a privilege makes the backend not ready, and the log says what to grant", async () => {
    const { url } = await makePostgresDatabase();
    const role = `narrow_${randomUUID().replaceAll("-", "")}`;
    const password = randomUUID();
    const narrow = new URL(url);
    [narrow.username, narrow.password] = [role, password];
    const adminToken = makeSecret("xpat");
    await runCommand(["admin", "migrate"], { env: { DATABASE_URL: url } });
    const owner = new Client({ connectionString: url });
    await owner.connect();
    await owner.query(`
      create role ${role} login password '${password}';
      grant usage on schema public to ${role};
      grant select, insert, update, delete on all tables in schema public to ${role};
      revoke update on backend from ${role}`);
    await owner.end();

    const env = { DATABASE_URL: narrow.href, XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken };
    const backend = await startBackendProcess([], { env });
    const ready = await callerOf(backend.endpoint, null)("GET /readyz");

    assert.match(assertProblem(ready, "unavailable").detail, /^the database refuses the backend, /);
    assert.match(backend.log(), /lacks a privilege on the tables: grant what docs\/backend\.md shows \(42501\)\./);
    assert.equal(await backend.stop("SIGTERM"), 0);
  });
});
