import assert from "node:assert/strict";
import { mock } from "node:test";
import { buildApp } from "../../../backend/src/app/app";
import { insertAssertion } from "../../../backend/src/store/assertions";
import { ISSUER } from "../../support/backend/assertions";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";
import { CLIENT_ID } from "../../support/backend/management-answers";
import { until } from "../../support/process/until";

const MINUTE_MS = 60_000;

for (const engine of ENGINES) {
  describe(`the maintenance of a backend over ${engine}`, function () {
    this.timeout(60_000);

    afterEach(() => mock.timers.reset());

    it("removes what has ended a minute after the start, and reports how much", async () => {
      const database = await openTestDatabase(engine);
      const used = (jti: string, end: string) =>
        insertAssertion(database.db, { client: CLIENT_ID, jtiHash: Buffer.from(jti), expiresTime: new Date(end) });
      await used("long ago", "2030-05-01T10:59:59.999Z");
      await used("to come", "2030-05-01T12:05:00.000Z");
      const left = async () => (await database.db.selectFrom("assertions").select("jtiHash").execute()).length;
      const lines: string[] = [];
      const log = { level: "info", stream: { write: (line: string) => void lines.push(line) } } as const;
      const clock = () => new Date("2030-05-01T12:00:00.000Z");
      mock.timers.enable({ apis: ["setInterval"] });
      const app = await buildApp({ database, clock, issuer: ISSUER, log, publicMetrics: true });
      const atStart = await left();

      mock.timers.tick(MINUTE_MS);
      await until(() => lines.some((line) => line.includes("removed what has ended")));

      const metrics = await app.inject("/metrics");
      assert.deepEqual([atStart, await left()], [2, 1]);
      const line = lines.find((written) => written.includes("removed what has ended")) ?? "";
      assert.deepEqual(JSON.parse(line).removed, { assertions: 1 });
      assert.match(metrics.body, /^xtremepush_access_ended_rows_removed_total\{kind="assertions"\} 1$/m);
      await app.close();
      await database.close();
    });
  });
}
