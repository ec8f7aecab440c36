import assert from "node:assert/strict";
import { sql } from "kysely";
import { insertActor, listActors } from "../../../backend/src/store/actors";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";

for (const engine of ENGINES) {
  describe(`a page of a listing on ${engine}`, function () {
    this.timeout(60_000);

    it("has the last second of the year 9999 east of Greenwich, and times before 1970", async () => {
      const database = await openTestDatabase(engine);
      await insertActor(database.db, {
        ...{ id: "xpa_1", name: "last", role: "viewer", projects: ["web"], tokenHash: new Uint8Array(32) },
        ...{ createdBy: "ana", createdTime: new Date("1969-12-31T23:59:59.999Z") },
        expiresTime: new Date("9999-12-31T23:59:59.999Z"),
      });

      const { rows } = await database.db.transaction().execute(async (transaction) => {
        await sql`set local time zone 'Europe/Berlin'`.execute(transaction);
        await sql`update actors set created_time = created_time + interval '999 microseconds'`.execute(transaction);
        return listActors(transaction, { limit: 10, bytes: 10_000, after: null });
      });

      assert.deepEqual(
        rows.map(({ createdTime, expiresTime, revokedTime }) => [createdTime, expiresTime, revokedTime]),
        [[new Date("1969-12-31T23:59:59.999Z"), new Date("9999-12-31T23:59:59.999Z"), null]],
      );
      await database.close();
    });
  });
}
