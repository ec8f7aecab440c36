import assert from "node:assert/strict";
import { sql } from "kysely";
import { AccessClient, type UseReport } from "xtremepush-access";
import type { ProjectUsePage } from "xtremepush-access/schemas";
import { ENGINES, startTestBackend, type TestBackend } from "../../../support/backend/backend";
import { makeGrantedClient } from "../../../support/backend/oauth";
import { purgeAt } from "../../../support/backend/purge";

const DAY_MS = 86_400_000;
const NOON = new Date("2026-03-10T12:00:00.000Z");
const HOUR = "2026-03-10T11:00:00.000Z";

for (const engine of ENGINES) {
  describe(`the use of permissions over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let admin: AccessClient;
    let gateway: AccessClient;
    let id: string;
    let now: Date;

    const useOf = (more: object = {}) => ({
      ...{ clientId: id, permission: "list:profile", hour: HOUR, count: 2, refused: 0 },
      ...{ first: "2026-03-10T11:05:00.000Z", last: "2026-03-10T11:40:00.000Z", ...more },
    });
    const report = (batch: string, more: Partial<UseReport> = {}) =>
      gateway.use.report({ gateway: "edge 1", batch, from: HOUR, to: NOON.toISOString(), uses: [useOf()], ...more });
    const permissionsOf = async (days = 30) => (await admin.use.ofClient("retail", id, { days })).permissions;
    /** As if gateways had counted for so many days until now. */
    const countedFor = async (days: number) => {
      await report(`counted-${days}`, { from: now.toISOString(), to: now.toISOString(), uses: [] });
      const since = new Date(now.getTime() - days * DAY_MS);
      await sql`update use_reporters set since = ${since}`.execute(backend.database.db);
    };
    const purgeAfter = (days: number) => {
      now = new Date(NOON.getTime() + days * DAY_MS);
      return purgeAt(backend.database.db, now);
    };

    beforeEach(async () => {
      now = NOON;
      backend = await startTestBackend({ engine, clock: () => now });
      ({ access: admin, id } = await makeGrantedClient(backend, ["list:profile", "list:segment"]));
      const token = await backend.makeActor("gateway", ["retail"]);
      gateway = new AccessClient({ endpoint: backend.endpoint, token });
    });
    afterEach(() => backend.close());

    it("tells what was never used from what nobody reports", async () => {
      const unknown = await admin.use.ofProject("retail", { unusedDays: 90 });
      const unreported = await admin.use.ofClient("retail", id);
      await countedFor(90);

      const known = await admin.use.ofProject("retail", { unusedDays: 90 });

      assert.deepEqual([unknown.reported, unknown.items, unreported.reported], [null, [], null]);
      assert.deepEqual(unknown.notKnown, { why: "unreported", knownFrom: null });
      const since = new Date(NOON.getTime() - 90 * DAY_MS).toISOString();
      assert.deepEqual(known.reported, { since, until: NOON.toISOString(), gateways: ["edge 1"] });
      assert.equal(known.notKnown, null);
      assert.deepEqual(
        known.items.map(({ clientId, permissions }) => [clientId, permissions]),
        [
          [
            id,
            [
              { permission: "list:profile", lastUsedTime: null },
              { permission: "list:segment", lastUsedTime: null },
            ],
          ],
        ],
      );
    });

    it("counts calls and refusals by permission, also of one that is not granted", async () => {
      const refused = { permission: "export:segment", count: 0, refused: 3 };

      const answer = await report("1", {
        uses: [useOf(), useOf(refused), useOf({ first: HOUR, last: HOUR, count: 5 })],
      });

      assert.deepEqual(answer, { counted: 3, ignored: 0, repeated: false });
      const nothing = { count: 0, refused: 0, firstUsedTime: null, lastUsedTime: null, lastRefusedTime: null };
      assert.deepEqual(await permissionsOf(), [
        { ...nothing, permission: "export:segment", granted: false, refused: 3, lastRefusedTime: useOf().last },
        {
          ...nothing,
          permission: "list:profile",
          granted: true,
          count: 7,
          firstUsedTime: HOUR,
          lastUsedTime: useOf().last,
        },
        { ...nothing, permission: "list:segment", granted: true },
      ]);
    });

    it("counts a report once, however often and from how many sides it arrives", async () => {
      const answers = await Promise.all(Array.from({ length: 6 }, () => report("1")));
      const again = await report("1");
      const other = await gateway.use.report({ ...reportOf(), gateway: "edge 2" });

      assert.deepEqual(answers.map(({ counted }) => counted).toSorted(), [0, 0, 0, 0, 0, 1]);
      assert.deepEqual([again.repeated, other.repeated], [true, false]);
      assert.equal((await permissionsOf()).find(({ permission }) => permission === "list:profile")?.count, 4);
    });

    const reportOf = (): UseReport => ({
      ...{ gateway: "edge 1", batch: "1", from: HOUR, to: NOON.toISOString(), uses: [useOf()] },
    });

    it("counts nothing of other projects' clients and of unknown permissions", async () => {
      await admin.projects.create({ slug: "bets" });
      const hidden = await admin.clients.create("bets", { name: "hidden" });
      const uses = [useOf({ clientId: hidden.id }), useOf({ permission: "list:newer-thing" }), useOf()];

      const answer = await report("1", { uses });

      assert.deepEqual(answer, { counted: 1, ignored: 2, repeated: false });
      assert.deepEqual((await admin.use.ofClient("bets", hidden.id)).permissions, []);
      await assert.rejects(report("2", { projects: ["bets"] }), { code: "project_not_found" });
    });

    it("is reported by gateways, and read by viewers", async () => {
      await assert.rejects(admin.use.report(reportOf()), { code: "forbidden" });
      await assert.rejects(gateway.use.ofProject("retail"), { code: "forbidden" });
      await assert.rejects(gateway.use.ofClient("retail", id), { code: "forbidden" });
    });

    it("refuses a report that could count twice, and one of the future", async () => {
      const early = { from: new Date(NOON.getTime() - 7 * DAY_MS - 1).toISOString() };
      const late = { to: new Date(NOON.getTime() + 3_600_001).toISOString() };

      await assert.rejects(report("1", early), {
        code: "validation_failed",
        detail: "from must be within the last 7 days",
      });
      await assert.rejects(report("2", late), { code: "validation_failed" });
    });

    it("looks at so many clients a page, and goes on after them", async () => {
      await report("1");
      await countedFor(90);
      const { db } = backend.database;
      await sql`insert into clients
          (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time)
        select 'xpc_' || translate(lpad(n::text, 26, '0'), '0189', 'wxyz'), 'retail', 'filled ' || n, 0, 1, 'ana',
          now() + n * interval '1 second', 'ana', now()
        from generate_series(1, 4500) as n`.execute(db);
      await sql`insert into grants (client, permissions, revision, created_by, created_time, updated_by, updated_time)
        select id, '{list:profile}', 1, 'ana', now(), 'ana', now() from clients where name like 'filled %'`.execute(db);
      await sql`insert into use_totals (client, permission, first_used_time, last_used_time)
        select id, 'list:profile', ${NOON}, ${NOON} from clients
        where name like 'filled %' and name <> 'filled 4300'`.execute(db);

      for (const permission of [undefined, "list:profile"] as const) {
        const pages: string[][] = [];
        for (let cursor: string | null = ""; cursor !== null; ) {
          const query = { unusedDays: 90, ...(permission && { permission }), ...(cursor !== "" && { cursor }) };
          const { items, nextCursor }: ProjectUsePage = await admin.use.ofProject("retail", query);
          pages.push(items.map(({ clientId, name }) => (clientId === id ? "first" : name)));
          cursor = nextCursor;
        }

        const first = permission === undefined ? ["first"] : [];
        assert.deepEqual(pages, [first, ["filled 4300"]]);
      }
    });

    it("says since when gateways report without a gap of more than a day", async () => {
      const hours = (count: number) => new Date(NOON.getTime() + count * 3_600_000).toISOString();
      now = new Date(hours(92));
      const span = async (name: string, from: number, to: number) => {
        await report(`${name}-${from}`, { gateway: name, from: hours(from), to: hours(to), uses: [] });
        const { reported } = await admin.use.ofClient("retail", id);
        return reported && [reported.since, reported.until];
      };

      assert.deepEqual(await span("trial", 0, 5), [hours(0), hours(5)]);
      assert.deepEqual(await span("trial", 29, 30), [hours(0), hours(30)]);
      // Another gateway goes on within a day, and a third one later.
      assert.deepEqual(await span("real", 54, 60), [hours(0), hours(60)]);
      assert.deepEqual(await span("late", 85, 90), [hours(85), hours(90)]);
      assert.deepEqual(await span("real", 91, 92), [hours(85), hours(92)]);
      // A report of the time before the hole, which arrives late, does not fill it.
      assert.deepEqual(await span("real", 50, 53), [hours(85), hours(92)]);
      assert.deepEqual(await span("more", 60, 70), [hours(60), hours(92)]);
    });

    it("lists what was not used for some days once gateways have counted for so long", async () => {
      const counted = [];
      await report("0");
      for (let day = 1; day <= 90; day += 1) {
        now = new Date(NOON.getTime() + day * DAY_MS);
        await report(String(day), { from: now.toISOString(), to: now.toISOString(), uses: [] });
        if (day === 1 || day >= 89) counted.push(await admin.use.ofProject("retail", { unusedDays: 90 }));
      }
      const [first, early, late] = counted;
      const short = await admin.use.ofProject("retail", { unusedDays: 1 });
      const one = await admin.use.ofProject("retail", { permission: "list:profile" });
      const other = await admin.use.ofProject("retail", { permission: "export:segment" });

      const used = { permission: "list:profile", lastUsedTime: useOf().last };
      const unused = { permission: "list:segment", lastUsedTime: null };
      const knownFrom = new Date(Date.parse(HOUR) + 90 * DAY_MS).toISOString();
      for (const young of [first, early])
        assert.deepEqual([young?.notKnown, young?.items], [{ why: "young", knownFrom }, []]);
      for (const known of [late, short]) {
        assert.equal(known?.notKnown, null);
        assert.deepEqual(
          known?.items.map(({ permissions }) => permissions),
          [[used, unused]],
        );
      }
      assert.deepEqual(
        one.items.map(({ permissions }) => permissions),
        [[used]],
      );
      assert.deepEqual(other.items, []);
    });

    it("lists nothing as unused after a hole in the counting, or when no gateway counts any more", async () => {
      await countedFor(200);
      const before = await admin.use.ofProject("retail", { unusedDays: 90 });
      now = new Date(NOON.getTime() + DAY_MS + 1);
      const silent = await admin.use.ofProject("retail", { unusedDays: 90 });
      now = new Date(NOON.getTime() + 25 * 3_600_000);
      await report("after", { from: now.toISOString(), to: now.toISOString(), uses: [] });

      const after = await admin.use.ofProject("retail", { unusedDays: 90 });

      const knownFrom = new Date(now.getTime() + 90 * DAY_MS).toISOString();
      assert.deepEqual([before.notKnown, before.items.length], [null, 1]);
      assert.deepEqual([silent.notKnown, silent.items], [{ why: "ended", knownFrom: null }, []]);
      assert.deepEqual([after.notKnown, after.items], [{ why: "young", knownFrom }, []]);
    });

    it("lists the clients page by page, without those that have nothing to list", async () => {
      const ids = [id];
      for (const permissions of [[], ["list:profile"], ["list:segment"], ["list:profile"]] as const) {
        now = new Date(now.getTime() + 1);
        const made = await makeGrantedClient(backend, permissions);
        if (permissions.length > 0) ids.push(made.id);
      }
      const found: string[] = [];

      for (let cursor: string | null | undefined; cursor !== null; ) {
        const page = await admin.use.ofProject("retail", { limit: 2, ...(cursor !== undefined && { cursor }) });
        found.push(...page.items.map(({ clientId }) => clientId));
        cursor = page.nextCursor;
      }
      const holders = await admin.use.ofProject("retail", { permission: "list:profile" });

      assert.deepEqual(found, ids);
      assert.deepEqual(
        holders.items.map(({ clientId }) => clientId),
        [ids[0], ids[1], ids[3]],
      );
    });

    it("folds hours into days after a week, keeps the days for 400, and the last use as long as the client", async () => {
      const second = "2026-03-10T12:00:00.000Z";
      await report("1", { uses: [useOf(), useOf({ hour: second, first: second, last: second, count: 5 })] });

      const early = await purgeAfter(6);
      const folded = await purgeAfter(8);
      const counts = await permissionsOf();
      const gone = await purgeAfter(402);

      assert.deepEqual([early, folded, gone], [{}, { useHours: 2 }, { useDays: 1, useReports: 1, useReporters: 1 }]);
      assert.deepEqual(
        counts.map(({ permission, count }) => [permission, count]),
        [
          ["list:profile", 7],
          ["list:segment", 0],
        ],
      );
      const left = (await permissionsOf(400)).map(({ count, lastUsedTime }) => [count, lastUsedTime]);
      assert.deepEqual(left, [
        [0, second],
        [0, null],
      ]);
    });

    it("goes with the client when that is removed", async () => {
      await report("1");
      await admin.clients.delete("retail", id, { ifMatch: 1 });

      const removed = await purgeAfter(31);

      assert.deepEqual(removed, { clients: 1, grants: 1, credentials: 1, useDays: 1, useReports: 1 });
      const { rows } = await sql`select client from use_totals union all select client from use_spans`.execute(
        backend.database.db,
      );
      assert.deepEqual(rows, []);
    });
  });
}
