import assert from "node:assert/strict";
import { createHash, randomUUID } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { Client } from "pg";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { findBackend } from "../../../backend/src/store/backend";
import { runCommand } from "../../support/backend/command-line";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const OLD = "2026-01-01T00:00:00.000Z";

describe("the export and the prune of the audit trail", function () {
  this.timeout(120_000);
  let url: string;
  let database: Database;
  let file: string;

  beforeEach(async () => {
    ({ url } = await makePostgresDatabase());
    database = await openDatabase({ url });
    file = join(temporaryFolder(), "audit.jsonl");
    await write(2_500, "2025-06-01T00:00:00.123456Z");
    await write(1, OLD);
  });
  afterEach(async () => {
    await database.close();
    removeTemporaryFolders();
  });

  /** Writes rows of one time, with what a line of JSON can get wrong. */
  const write = (rows: number, time: string) =>
    sql`insert into audit (time, actor_id, actor_name, action, target_type, target_id, project, client, request_id, after)
      select ${time}::timestamptz, 'xpa_ana', 'ana', 'client.update', 'client', 'xpc_1', 'web', 'xpc_1', 'xpr_' || n,
        jsonb_build_object('name', 'two' || chr(8232) || 'lines' || chr(10) || n, '10', 1, '9', null)
      from generate_series(1, ${rows}) as n`.execute(database.db);
  const run = (...args: string[]) => runCommand(["admin", ...args], { env: { DATABASE_URL: url } });
  const exportTo = (path: string) => run("audit-export", "--before", OLD, "--out", path);
  const times = async () => {
    const { rows } = await sql<{ action: string; count: number }>`select action, count(*)::int as count from audit
      group by action order by action`.execute(database.db);
    return Object.fromEntries(rows.map(({ action, count }) => [action, count]));
  };

  it("write each row of before a time, and delete exactly those", async () => {
    const exported = await exportTo(file);
    const pruned = await run("audit-prune", file, "--yes");

    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const summary = JSON.parse(lines.pop() ?? "").export;
    const sha256 = createHash("sha256")
      .update(lines.map((line) => `${line}\n`).join(""))
      .digest("hex");
    const backend = (await findBackend(database.db))?.id;
    assert.deepEqual(summary, { backend, before: OLD, rows: 2_500, sha256 });
    assert.deepEqual([exported.code, pruned.code], [0, 0], exported.stderr + pruned.stderr);
    assert.equal(exported.stderr, `Wrote 2,500 audit rows of before ${OLD} to ${file}, SHA-256 ${sha256}.\n`);
    assert.equal(pruned.stderr, `Deleted 2,500 audit rows of before ${OLD}. Keep ${file}.\n`);
    assert.deepEqual(Object.keys(JSON.parse(lines[0] ?? "")).slice(0, 3), ["id", "time", "actorId"]);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.deepEqual(await times(), { "audit.prune": 1, "client.update": 1 });
    const row = await database.db
      .selectFrom("audit")
      .selectAll()
      .where("action", "=", "audit.prune")
      .executeTakeFirst();
    assert.deepEqual(
      [row?.actorId, row?.actorName, row?.targetId, row?.after],
      [backend, "admin audit-prune", backend, { before: OLD, rows: 2_500, sha256 }],
    );
  });

  it("delete nothing when the table has a row more, or the file is not as it was written", async () => {
    await exportTo(file);
    const text = readFileSync(file, "utf8");
    const changed = join(temporaryFolder(), "changed.jsonl");
    const cut = join(temporaryFolder(), "cut.jsonl");
    const longer = join(temporaryFolder(), "longer.jsonl");
    writeFileSync(changed, text.replace("xpr_7", "xpr_8"));
    writeFileSync(cut, text.slice(0, -20));
    writeFileSync(longer, `${text}{"id":"1"}`);
    await write(1, "2025-12-31T23:59:59.999Z");

    const outcomes = [];
    for (const path of [file, changed, cut, longer]) outcomes.push(await run("audit-prune", path, "--yes"));

    assert.deepEqual(
      outcomes.map(({ code }) => code),
      [1, 1, 1, 1],
    );
    assert.match(
      outcomes[0]?.stderr ?? "",
      /^Nothing was pruned: the export does not have the row \d+ of the table\. Export again /,
    );
    assert.match(
      outcomes[1]?.stderr ?? "",
      /was changed after it was exported: its rows do not match its last line\.\n$/,
    );
    for (const { stderr } of outcomes.slice(2)) {
      assert.match(stderr, /is not a complete export of the audit trail\.\n$/);
    }
    assert.deepEqual(await times(), { "client.update": 2_502 });
  });

  it("delete nothing that was deleted before, and write over no file", async () => {
    await exportTo(file);
    await run("audit-prune", file, "--yes");

    const again = await run("audit-prune", file, "--yes");
    const over = await exportTo(file);

    assert.match(again.stderr, /^Nothing was pruned: the export has rows that are not in the table\. /);
    assert.equal(over.stderr, `${file} exists: name another file with --out.\n`);
    assert.deepEqual([again.code, over.code], [1, 2]);
    assert.deepEqual(await times(), { "audit.prune": 1, "client.update": 1 });
  });

  it("ask first, refuse the export of another backend, and take no time that is not over for a day", async () => {
    await exportTo(file);
    const other = await makePostgresDatabase();
    await (await openDatabase({ url: other.url })).close();

    const unasked = await run("audit-prune", file);
    const foreign = await runCommand(["admin", "audit-prune", file, "--yes"], { env: { DATABASE_URL: other.url } });
    const recent = await run("audit-export", "--before", "23h", "--out", `${file}.recent`);
    const missing = await run("audit-prune", `${file}.missing`, "--yes");

    assert.equal(unasked.stderr, `Nothing was changed. Add --yes to delete 2,500 audit rows of before ${OLD}.\n`);
    assert.match(foreign.stderr, /^Nothing was pruned: .* is the export of another backend, xpb_/);
    assert.match(recent.stderr, /Give a time that is at least a day ago\./);
    assert.equal(missing.stderr, `The file ${file}.missing cannot be read or written (ENOENT).\n`);
    assert.deepEqual([unasked.code, foreign.code, recent.code, missing.code], [2, 1, 2, 1]);
    assert.deepEqual(await times(), { "client.update": 2_501 });
  });

  it("are not for a role that only serves, whatever it sets and was granted", async () => {
    const role = `serve_${randomUUID().replaceAll("-", "")}`;
    const owner = new Client({ connectionString: url });
    await owner.connect();
    await owner.query(`create role ${role} login password 'secret';
      grant usage on schema public to ${role};
      grant select, insert, update, delete on all tables in schema public to ${role}`);
    await owner.end();
    const serving = new URL(url);
    [serving.username, serving.password] = [role, "secret"];
    await exportTo(file);

    const pruned = await runCommand(["admin", "audit-prune", file, "--yes"], { env: { DATABASE_URL: serving.href } });
    const server = new Client({ connectionString: serving.href });
    await server.connect();
    await server.query("set xtremepush_access.audit_prune = 'on'");
    const deleted = server.query("delete from audit");

    await assert.rejects(deleted, /audit rows cannot be changed/);
    await server.end();
    assert.equal(
      pruned.stderr,
      "Nothing was pruned: only the owner of the tables may do it, the role that migrates.\n",
    );
    assert.deepEqual(await times(), { "client.update": 2_501 });
  });
});
