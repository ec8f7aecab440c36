import assert from "node:assert/strict";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { hashSecret, makeSecret } from "../../../backend/src/credentials/secrets";
import type { Database } from "../../../backend/src/database/open";
import { bootstrap, recoverAdmin } from "../../../backend/src/process/bootstrap";
import { findActorByToken } from "../../../backend/src/store/actors";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

const now = new Date("2026-01-01T00:00:00Z");

for (const engine of ENGINES) {
  describe(`bootstrap over ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;

    const actorOf = (token: string) => findActorByToken(database.db, hashSecret(token));
    const countActors = async () => (await database.db.selectFrom("actors").select("id").execute()).length;

    beforeEach(async () => {
      database = await openTestDatabase(engine);
    });

    afterEach(async () => {
      await database.close();
      removeTemporaryFolders();
    });

    it("writes the first admin's token to a file for its user only", async () => {
      const dataDir = temporaryFolder();

      assert.equal(await bootstrap(database.db, { adminToken: null, dataDir, now }), "created");

      const path = join(dataDir, "admin-token");
      assert.equal(statSync(path).mode & 0o777, 0o600);
      assert.equal((await actorOf(readFileSync(path, "utf8").trim()))?.role, "admin");
    });

    it("makes the token of the file the admin's after a crash between file and database", async () => {
      const dataDir = temporaryFolder();
      const token = makeSecret("xpat");
      writeFileSync(join(dataDir, "admin-token"), `${token}\n`);

      await bootstrap(database.db, { adminToken: null, dataDir, now });

      assert.equal((await actorOf(token))?.name, "admin");
    });

    it("has the file before the database knows the token", async () => {
      const dataDir = temporaryFolder();
      await database.db.schema.alterTable("audit").renameTo("elsewhere").execute();

      await assert.rejects(bootstrap(database.db, { adminToken: null, dataDir, now }));

      assert.match(readFileSync(join(dataDir, "admin-token"), "utf8"), /^xpat_/);
      assert.equal(await countActors(), 0);
    });

    it("says what to do about a file without a token", async () => {
      const dataDir = temporaryFolder();
      writeFileSync(join(dataDir, "admin-token"), "nonsense");

      await assert.rejects(bootstrap(database.db, { adminToken: null, dataDir, now }), {
        name: "StartFailure",
        message: /delete it, and the next start makes a new one/,
      });
    });

    it("makes one admin when several replicas start at once", async () => {
      const adminToken = makeSecret("xpat");

      const made = await Promise.all(
        Array.from({ length: 5 }, () => bootstrap(database.db, { adminToken, dataDir: null, now })),
      );

      assert.deepEqual(made.sort(), ["created", "present", "present", "present", "present"]);
      assert.equal(await countActors(), 1);
    });

    it("records the first admin in the audit trail without its token", async () => {
      const adminToken = makeSecret("xpat");

      await bootstrap(database.db, { adminToken, dataDir: null, now });

      const row = await database.db.selectFrom("audit").selectAll().executeTakeFirstOrThrow();
      assert.equal(row.action, "admin.bootstrap");
      assert.ok(!JSON.stringify(row).includes(adminToken));
    });

    it("says which variable to set on a server without an admin", async () => {
      await assert.rejects(bootstrap(database.db, { adminToken: null, dataDir: null, now }), {
        message: /set XTREMEPUSH_ACCESS_ADMIN_TOKEN to a token made by `xtremepush-access-backend token generate`/,
      });
    });

    it("refuses a token in another format", async () => {
      const adminToken = makeSecret("xpat").slice(0, -1);

      await assert.rejects(bootstrap(database.db, { adminToken, dataDir: null, now }), {
        message: /^XTREMEPUSH_ACCESS_ADMIN_TOKEN is not a token of this backend/,
      });

      assert.equal(await countActors(), 0);
    });

    it("ignores another token when there is an admin", async () => {
      await bootstrap(database.db, { adminToken: makeSecret("xpat"), dataDir: null, now });
      const another = makeSecret("xpat");

      assert.equal(await bootstrap(database.db, { adminToken: another, dataDir: null, now }), "ignored");

      assert.equal(await actorOf(another), null);
    });

    it("creates one more admin, with an audit row, under a free name", async () => {
      await bootstrap(database.db, { adminToken: makeSecret("xpat"), dataDir: null, now });

      const token = await recoverAdmin(database.db, "ana", now);

      assert.equal((await actorOf(token))?.role, "admin");
      const actions = await database.db.selectFrom("audit").select("action").orderBy("id").execute();
      assert.deepEqual(
        actions.map(({ action }) => action),
        ["admin.bootstrap", "admin.recover"],
      );
      await assert.rejects(recoverAdmin(database.db, "ana", now), { message: /choose another with --name/ });
    });
  });
}
