import assert from "node:assert/strict";
import { type Kysely, sql } from "kysely";
import { Client } from "pg";
import { migrate, migrateAlone } from "../../../backend/src/database/migrate";
import { type Database, openDatabase } from "../../../backend/src/database/open";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { writePlainClients } from "../../support/backend/heavy-rows";
import { forgetListedPermissions, listedPermissions } from "../../support/backend/listed-permissions";
import { makePostgresDatabase } from "../../support/backend/postgres";

/** What a replica of any version does, in its statements: it knows nothing of the table. */
const WRITES = {
  "a grant": `insert into grants values ('xpc_a', '{one,two}', null, 1, 'ana', now(), 'ana', now())`,
  "a grant that is replaced": `insert into grants values ('xpc_a', '{two,three,four}', null, 2, 'ana', now(), 'ana', now())
    on conflict (client) do update set permissions = excluded.permissions, revision = excluded.revision`,
  "a grant with a permission twice": "update grants set permissions = '{two,two,five}' where client = 'xpc_a'",
  "a client that is deleted": "update clients set deleted_time = now() where id = 'xpc_a'",
  "a grant of a deleted client": "update grants set permissions = '{two,six}' where client = 'xpc_a'",
  "a client that is restored": "update clients set deleted_time = null where id = 'xpc_a'",
  "a grant that is emptied": "update grants set permissions = '{}' where client = 'xpc_a'",
  "a client without permissions that is deleted": "update clients set deleted_time = now() where id = 'xpc_a'",
  "a grant and a client that are removed": `with gone as (delete from grants where client = 'xpc_b' returning client)
    delete from clients using gone where id = client`,
} as const;

for (const engine of ENGINES) {
  describe(`the permissions in the order of the listings on ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;

    before(async () => {
      database = await openTestDatabase(engine);
      await sql`insert into projects values ('web', 'Web', 'ana', now())`.execute(database.db);
      await sql`insert into clients (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
        select id, 'web', id, 0, 1, 'ana', now(), 'ana', now() from unnest('{xpc_a,xpc_b}'::text[]) as id`.execute(
        database.db,
      );
      await sql`insert into grants values ('xpc_b', '{one,six}', null, 1, 'ana', now(), 'ana', now())`.execute(
        database.db,
      );
    });
    after(() => database.close());

    for (const [what, statement] of Object.entries(WRITES)) {
      it(`follow ${what}`, async () => {
        await sql.raw(statement).execute(database.db);

        const { listed, granted } = await listedPermissions(database.db);
        assert.deepEqual(listed, granted);
      });
    }
  });

  describe(`the permissions of the version before on ${engine}`, function () {
    this.timeout(60_000);

    it("are all listed by the migration, also those of deleted clients", async () => {
      const database = await openTestDatabase(engine);
      const { db } = database;
      await forgetListedPermissions(db);
      await writePlainClients(database, "web", 600);
      await writePlainClients(database, "other", 30);
      await sql`update clients set deleted_time = now() where name like '%7'`.execute(db);

      // A migration knows no tables.
      const bare = db as unknown as Kysely<unknown>;
      await (engine === "memory" ? migrateAlone(bare) : migrate(bare));

      const { listed, granted } = await listedPermissions(db);
      assert.equal(granted.length, 630 * 20);
      assert.deepEqual(listed, granted);
      await database.close();
    });
  });
}

describe("the permissions of the version before on a PostgreSQL that is in use", function () {
  this.timeout(60_000);

  it("are listed as its replicas leave them, whatever they write during the migration", async () => {
    const { url } = await makePostgresDatabase();
    const older = await openDatabase({ url });
    await forgetListedPermissions(older.db);
    await writePlainClients(older, "web", 2_000);
    let isMigrated = false;
    const writers = [1, 2, 3].map((number) => writeUntil(url, number, () => isMigrated));

    const newer = await openDatabase({ url }).finally(() => {
      isMigrated = true;
    });

    const written = await Promise.all(writers);
    const { listed, granted } = await listedPermissions(newer.db);
    assert.ok(written.every((count) => count > 0));
    assert.deepEqual(listed, granted);
    await older.close();
    await newer.close();
  });
});

/** Changes, deletes and restores clients at random, each under its lock as the store does. */
async function writeUntil(url: string, seed: number, isOver: () => boolean): Promise<number> {
  const connection = new Client({ connectionString: url });
  await connection.connect();
  let written = 0;
  for (let state = seed; !isOver(); written++) {
    // https://en.wikipedia.org/wiki/Linear_congruential_generator
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    const client = await connection.query("select id from clients where name = $1", [`client ${(state % 2_000) + 1}`]);
    const { id } = client.rows[0];
    await connection.query("begin");
    await connection.query("select 1 from clients where id = $1 for no key update", [id]);
    await connection.query(CHANGES[written % CHANGES.length] ?? "", [id]);
    await connection.query("commit");
  }
  await connection.end();
  return written;
}

const CHANGES = [
  "update grants set permissions = permissions[5:] || '{added}' where client = $1",
  "update clients set deleted_time = now() where id = $1",
  "update clients set deleted_time = null where id = $1",
] as const;
