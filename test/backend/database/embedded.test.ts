import assert from "node:assert/strict";
import { existsSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { openDatabase } from "../../../backend/src/database/open";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

describe("an embedded database", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  it("is not made with less than 96 MiB free, nor opened with less than 32", async () => {
    const folder = join(temporaryFolder(), "database");
    const openWith = (freeMib: number) => {
      return openDatabase({ folder, readSpace: () => ({ bavail: freeMib, bsize: 1024 ** 2 }) });
    };
    const refusal = (free: number, needed: number) => ({
      name: "StartFailure",
      message: `The disk of ${folder} has ${free} MiB free, and the database needs ${needed}: free some, and start again.`,
    });

    await assert.rejects(openWith(95), refusal(95, 96));
    await (await openWith(96)).close();
    await assert.rejects(openWith(31), refusal(31, 32));
    await (await openWith(32)).close();
  });

  it("is made beside its folder, and never opened or removed by what is left there", async () => {
    const folder = join(temporaryFolder(), "database");
    mkdirSync(`${folder}.unfinished`);
    writeFileSync(join(`${folder}.unfinished`, "PG_VERSION"), "18\n");
    const lines: string[] = [];
    const report = (line: string) => lines.push(line);

    const made = await openDatabase({ folder }, report);
    await sql`create table kept as select 1 as value`.execute(made.db);
    await made.close();
    // The mark of an unfinished database in earlier versions, which also wrote to one that had it.
    writeFileSync(join(folder, "unfinished"), "");
    const again = await openDatabase({ folder }, report);

    assert.deepEqual((await sql`select value from kept`.execute(again.db)).rows, [{ value: 1 }]);
    assert.equal(existsSync(`${folder}.unfinished`), false);
    assert.deepEqual(lines, [
      `${folder}.unfinished is removed: an earlier start was interrupted while it made the database`,
    ]);
    await again.close();
  });

  it("takes the place of an empty folder, and says what to do about an empty link", async () => {
    const [plain, link] = ["plain", "link"].map((name) => join(temporaryFolder(), name)) as [string, string];
    mkdirSync(plain);
    symlinkSync(temporaryFolder(), link);

    await (await openDatabase({ folder: plain })).close();
    await assert.rejects(openDatabase({ folder: link }), {
      name: "StartFailure",
      message: `The new database cannot take the place of ${link} (ENOTDIR), which is a link or a mount: remove it, and link or mount the whole data folder.`,
    });
  });

  it("reports its end, and answers each later statement with it instead of never", async () => {
    const folder = join(temporaryFolder(), "database");
    const { db, ended, close } = await openDatabase({ folder });
    await sql`create table zero ()`.execute(db);
    await sql`select pg_switch_wal()`.execute(db);
    const end = { name: "DatabaseEndedError", code: "57P02", message: /^the embedded database has ended \(could not / };

    // The next file of the log cannot be made, so PostgreSQL ends itself.
    renameSync(join(folder, "pg_wal"), join(folder, "pg_wal.away"));
    await assert.rejects(sql`create table one ()`.execute(db), end);

    assert.match((await ended).message, end.message);
    await assert.rejects(sql`select 1`.execute(db), end);
    await assert.rejects(
      db.transaction().execute((transaction) => sql`select 1`.execute(transaction)),
      end,
    );
    await close();
  });

  it("answers a transaction that waits behind the checkpoint that ends it", async () => {
    const folder = join(temporaryFolder(), "database");
    const { db, checkpoint, ended, close } = await openDatabase({ folder });
    await sql`create table zero (bytes bytea)`.execute(db);
    await sql`alter table zero alter bytes set storage external`.execute(db);
    await sql`insert into zero select decode(repeat(md5(n::text), 65536), 'hex') from generate_series(1, 36) n`.execute(
      db,
    );
    await sql`select pg_switch_wal()`.execute(db);
    renameSync(join(folder, "pg_wal"), join(folder, "pg_wal.away"));

    const results = await Promise.allSettled([
      db.transaction().execute((transaction) => sql`select 1`.execute(transaction)),
      checkpoint(),
      ...Array.from({ length: 8 }, async () => {
        for (;;) await db.transaction().execute((transaction) => sql`select 1`.execute(transaction));
      }),
    ]);

    assert.equal(results[0]?.status, "fulfilled");
    for (const result of results.slice(1)) {
      assert.equal(result.status, "rejected");
      assert.equal(result.reason.name, "DatabaseEndedError");
    }
    await ended;
    await close();
  });

  it("keeps what was acknowledged before its end", async () => {
    const folder = join(temporaryFolder(), "database");
    const { db } = await openDatabase({ folder });
    await sql`create table kept as select 1 as value`.execute(db);
    await sql`select pg_switch_wal()`.execute(db);
    renameSync(join(folder, "pg_wal"), join(folder, "pg_wal.away"));
    await assert.rejects(sql`insert into kept values (2)`.execute(db), { name: "DatabaseEndedError" });
    renameSync(join(folder, "pg_wal.away"), join(folder, "pg_wal"));

    const again = await openDatabase({ folder });

    assert.deepEqual((await sql`select value from kept`.execute(again.db)).rows, [{ value: 1 }]);
    await again.close();
  });
});
