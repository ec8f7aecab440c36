import assert from "node:assert/strict";
import { buildApp } from "../../../backend/src/app/app";
import { insertAssertion } from "../../../backend/src/store/assertions";
import { ISSUER } from "../../support/backend/assertions";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { CLIENT_ID } from "../../support/backend/management-answers";

for (const engine of ENGINES) {
  describe(`the work beside the OAuth endpoints over ${engine}`, function () {
    this.timeout(60_000);

    it("forgets used assertions an hour after they ended, and no others", async () => {
      const clock = () => new Date("2030-05-01T12:00:00.000Z");
      const database = await openTestDatabase(engine);
      const used = (jti: string, end: string) =>
        insertAssertion(database.db, { client: CLIENT_ID, jtiHash: Buffer.from(jti), expiresTime: new Date(end) });
      await used("long ago", "2030-05-01T10:59:59.999Z");
      await used("an hour ago", "2030-05-01T11:00:00.000Z");
      await used("to come", "2030-05-01T12:05:00.000Z");

      const app = await buildApp({ database, clock, issuer: ISSUER });

      const rows = await database.db.selectFrom("assertions").select("jtiHash").orderBy("expiresTime").execute();
      await app.close();
      await database.close();
      const left = rows.map(({ jtiHash }) => Buffer.from(jtiHash).toString());
      assert.deepEqual(left, ["an hour ago", "to come"]);
    });
  });
}
