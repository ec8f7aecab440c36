import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { sql } from "kysely";
import { buildApp } from "../../../backend/src/app/app";
import { DatabaseEndedError } from "../../../backend/src/database/lasting-pglite";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { openTestDatabase } from "../../support/backend/backend";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";
import { until } from "../../support/process/until";

describe("the log of an embedded database", function () {
  this.timeout(60_000);
  after(removeTemporaryFolders);

  /** Writes about 16 MiB of log, as much as one of its files holds. */
  const write = async ({ db }: Database) => {
    await sql`create table if not exists written (bytes bytea)`.execute(db);
    await sql`alter table written alter bytes set storage external`.execute(db);
    await sql`insert into written select decode(repeat(md5(n::text), 65536), 'hex') from generate_series(1, 16) n`.execute(
      db,
    );
    await sql`truncate written`.execute(db);
  };
  const logFiles = (folder: string) =>
    readdirSync(join(folder, "pg_wal")).filter((name) => /^[0-9A-F]{24}$/.test(name));

  it("reuses its files, and keeps what was written", async () => {
    const folder = join(temporaryFolder(), "database");
    const database = await openDatabase({ folder });
    for (let time = 1; time <= 10; time++) {
      await write(database);
      await database.checkpoint();
    }

    const files = logFiles(folder).length;
    await database.close();
    const again = await openDatabase({ folder });

    assert.ok(files <= 8, `${files} files of 16 MiB for 160 MiB of log`);
    assert.equal((await sql`select from written`.execute(again.db)).rows.length, 0);
    await again.close();
  });

  it("stays as it is while little is written", async () => {
    const database = await openTestDatabase("memory");
    const lastCheckpoint = async () =>
      (await sql`select checkpoint_lsn from pg_control_checkpoint()`.execute(database.db)).rows;
    const before = await lastCheckpoint();

    await database.checkpoint();

    assert.deepEqual(await lastCheckpoint(), before);
    await database.close();
  });

  it("is looked after by a running backend, until it stops", async () => {
    const database = await openTestDatabase("memory");
    let calls = 0;
    const checkpoint = async () => {
      calls += 1;
    };
    const app = await buildApp({
      database: { ...database, checkpoint },
      clock: () => new Date(),
      issuer: "http://127.0.0.1",
    });

    await until(() => calls > 0, 20_000);

    await app.close();
    await database.close();
  });

  it("is not reported every second once the database has ended", async () => {
    const database = await openTestDatabase("memory");
    let calls = 0;
    const checkpoint = async () => {
      calls += 1;
      throw new DatabaseEndedError(new Error("could not write"));
    };
    const lines: string[] = [];
    const app = await buildApp({
      database: { ...database, checkpoint },
      clock: () => new Date(),
      issuer: "http://127.0.0.1",
      log: { level: "info", stream: { write: (line: string) => void lines.push(line) } },
    });

    await until(() => calls > 1, 20_000);

    assert.deepEqual(lines, []);
    await app.close();
    await database.close();
  });
});
