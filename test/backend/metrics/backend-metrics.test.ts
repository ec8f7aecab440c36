import assert from "node:assert/strict";
import type { Database } from "../../../backend/src/database/open";
import { makeMetrics } from "../../../backend/src/http/metrics";
import { addBackendMetrics } from "../../../backend/src/metrics/backend-metrics";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import { readSeries, type Series } from "../../support/backend/metrics";
import { makeKeyClient } from "../../support/backend/oauth";
import { makeCertificate } from "../../support/sdk/certificates";

const START = Date.parse("2030-05-01T12:00:00.000Z");
const DAY = 86_400_000;
const PREFIX = "xtremepush_access_";

/** What `current-gauge.ts`, `database-metrics.ts` and the store's `operations.ts` make of a database. */
for (const engine of ENGINES) {
  describe(`the metrics of a backend over ${engine}`, function () {
    this.timeout(60_000);
    let now: number;
    let backend: TestBackend;
    let registry: ReturnType<typeof makeMetrics>["registry"];
    let failures: unknown[];

    const scrape = async (): Promise<Series> => readSeries(await registry.metrics());
    const measure = (database: Database): void => {
      registry = makeMetrics(database).registry;
      failures = [];
      const onFailure = (error: unknown) => void failures.push(error);
      const clock = () => new Date(now);
      addBackendMetrics(registry, { version: "1.2.3", database, clock, processMetrics: undefined, onFailure });
    };

    beforeEach(async () => {
      now = START;
      backend = await startTestBackend({ engine, clock: () => new Date(now) });
      measure(backend.database);
    });
    afterEach(() => backend.close());

    it("have the version, the engine, the connections, the rows of the audit trail and the age of the signing key", async () => {
      const series = await scrape();

      const names = [...series.keys()];
      const { version } =
        names
          .map((name) => /^xtremepush_access_database_info.*version="(?<version>[^"]+)"/.exec(name)?.groups ?? {})
          .find((groups) => groups["version"]) ?? {};
      assert.equal(series.get(`${PREFIX}build_info{version="1.2.3"}`), 1);
      assert.match(version ?? "", /^1\d\.\d+/);
      assert.equal(series.get(`${PREFIX}database_up`), 1);
      assert.equal(series.get(`${PREFIX}database_sample_timestamp_seconds`), START / 1_000);
      assert.equal(series.get(`${PREFIX}audit_rows`), 1);
      const keys = names.filter((name) => name.startsWith(`${PREFIX}signing_key_active_timestamp_seconds{kid="`));
      assert.deepEqual(
        keys.map((name) => series.get(name)),
        [START / 1_000],
      );
      const connections = names.filter((name) => name.startsWith(`${PREFIX}database_pool`)).sort();
      assert.deepEqual(
        connections,
        engine === "memory"
          ? []
          : ["listings", "requests"]
              .flatMap((pool) => [
                `${PREFIX}database_pool_connections{pool="${pool}",state="busy"}`,
                `${PREFIX}database_pool_connections{pool="${pool}",state="idle"}`,
                `${PREFIX}database_pool_max_connections{pool="${pool}"}`,
                `${PREFIX}database_pool_waiting_requests{pool="${pool}"}`,
              ])
              .sort(),
      );
      assert.deepEqual(failures, []);
    });

    it("have the next end of what was made for long: not of what has ended, was revoked or is for one job", async () => {
      const ends = [START + 15 * DAY, START + 20 * DAY, START + 10 * DAY];
      for (const end of ends) await backend.makeActor("viewer", [], { expiresTime: new Date(end) });
      const certificate = await makeCertificate({
        notBefore: new Date(START - DAY),
        notAfter: new Date(START + 30 * DAY),
      });
      const short = await makeCertificate({ notBefore: new Date(START - DAY), notAfter: new Date(START + DAY) });
      await makeKeyClient(backend, [], certificate);
      await makeKeyClient(backend, [], short);

      const first = await scrape();
      now = START + 16 * DAY;
      const second = await scrape();
      now = START + 40 * DAY;
      const last = await scrape();

      const endsIn = (series: Series) =>
        ["actor_token", "certificate"].map((what) => series.get(`${PREFIX}${what}_expiry_timestamp_seconds`));
      assert.deepEqual(
        endsIn(first),
        [START + 15 * DAY, START + 30 * DAY].map((time) => time / 1_000),
      );
      assert.deepEqual(
        endsIn(second),
        [START + 20 * DAY, START + 30 * DAY].map((time) => time / 1_000),
      );
      assert.deepEqual(endsIn(last), [undefined, undefined]);
    });

    it("show that the database is away, and lose its values after a while", async () => {
      let isAway = false;
      const away = new Proxy(backend.database.db, {
        get(target, name) {
          if (isAway) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
          const member = Reflect.get(target, name);
          // Kysely's own fields are private, so its methods need the object itself.
          return typeof member === "function" ? member.bind(target) : member;
        },
      });
      measure({ ...backend.database, db: away });
      await scrape();

      isAway = true;
      now += 60_000;
      const stale = await scrape();
      now += 300_000;
      const gone = await scrape();

      assert.deepEqual(
        [stale, gone].map((series) => [series.get(`${PREFIX}database_up`), series.get(`${PREFIX}audit_rows`)]),
        [
          [0, 1],
          [0, undefined],
        ],
      );
      assert.equal(gone.has(`${PREFIX}build_info{version="1.2.3"}`), true);
      assert.equal(failures.length, 2);
    });
  });
}
