import assert from "node:assert/strict";
import { sql } from "kysely";
import type { Database } from "../../../backend/src/database/open";
import { readDatabaseState } from "../../../backend/src/store/operations";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { writeCertificates, writePlainClients } from "../../support/backend/heavy-rows";
import { rowsRead } from "../../support/backend/rows-read";

const NOW = new Date("2030-05-01T12:00:00.000Z");

for (const engine of ENGINES) {
  describe(`what an operator watches on ${engine}`, function () {
    this.timeout(120_000);
    let database: Database;

    before(async () => {
      database = await openTestDatabase(engine);
      await writePlainClients(database, "web", 1);
      await writeCertificates(database, NOW, 25_000);
      await sql`analyze credentials`.execute(database.db);
    });
    after(() => database.close());

    it("has the end of the next certificate that was made for long and is not revoked", async () => {
      const { certificateEnd } = await readDatabaseState(database.db, NOW);

      assert.deepEqual(certificateEnd, new Date("2030-05-01T13:00:00.000Z"));
    });

    it("is found among 100,000 credentials by an index", async () => {
      const rows = await rowsRead(database.db, "credentials", (db) => readDatabaseState(db, NOW));

      assert.ok(rows <= 2, `${rows} rows`);
    });
  });
}
