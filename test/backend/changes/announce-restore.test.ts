import assert from "node:assert/strict";
import { createActor, endActor } from "../../../backend/src/changes/actors";
import { announceRestore } from "../../../backend/src/changes/announce-restore";
import { changeClient } from "../../../backend/src/changes/clients";
import { findActor } from "../../../backend/src/store/actors";
import { findBackend } from "../../../backend/src/store/backend";
import { findTokenClients } from "../../../backend/src/store/client-credentials";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";
import { dumpDatabase, restoreDatabase } from "../../support/backend/dump";

const [MORNING, NOON, EVENING] = ["08:00", "12:00", "18:00"].map((time) => `2030-05-01T${time}:00.000Z`);

for (const engine of ENGINES) {
  describe(`a restored database on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const announce = (
      time: string | undefined,
      more: { endsSecrets?: boolean; madeUntil?: Date; revokes?: string[] } = {},
    ) =>
      announceRestore(bench.database, {
        ...{ now: new Date(time ?? ""), madeUntil: null, endsSecrets: false, revokes: [], ...more },
      });
    /** How many secrets the token endpoint takes. */
    const liveSecrets = async (client: string) => {
      const [found] = await findTokenClients(bench.database.db, [
        { client, kind: "secret", jtiHash: null, now: new Date(EVENING ?? ""), accessToken: null },
      ]);
      return found?.secrets.length;
    };

    it("gets an epoch that no earlier restore has given, also from a dump of before that one", async () => {
      const dump = await dumpDatabase(bench.database);
      const { epoch: first } = await announce(NOON);
      await restoreDatabase(bench.database, dump);

      const { epoch: second } = await announce(EVENING);

      const before = JSON.parse(dump.find(({ table }) => table === "backend")?.rows ?? "")[0].epoch;
      assert.ok(before < first && first < second, `${before}, ${first}, ${second}`);
      assert.equal((await findBackend(bench.database.db))?.epoch, second);
    });

    it("gets another epoch at each call of one second", async () => {
      const { epoch } = await announce(EVENING);

      assert.equal((await announce(EVENING)).epoch, epoch + 1);
    });

    it("has an audit row of it, and is changed by nothing else", async () => {
      const { client } = await bench.make();

      const { epoch, endedSecrets } = await announce(NOON);

      const backend = await findBackend(bench.database.db);
      const row = await bench.database.db.selectFrom("audit").selectAll().orderBy("id", "desc").executeTakeFirst();
      assert.deepEqual(
        [row?.action, row?.targetType, row?.targetId, row?.actorId, row?.actorName, row?.after],
        ["backend.restored", "backend", backend?.id, backend?.id, "admin restored", { epoch }],
      );
      assert.equal(endedSecrets, 0);
      assert.equal(await liveSecrets(client.id), 1);
    });

    it("loses every secret that was made by the time of the backup, and no other", async () => {
      const old = await bench.make({ name: "old" }, bench.by("ana", MORNING));
      const other = await bench.make({ name: "other" }, bench.by("ana", MORNING));
      const young = await bench.make({ name: "young" }, bench.by("ana", EVENING));
      await changeClient(
        bench.by("ana", MORNING),
        { key: { project: "web", id: old.client.id }, revision: 1 },
        { secretVersion: 2 },
      );

      const { endedSecrets } = await announce(EVENING, { endsSecrets: true, madeUntil: new Date(NOON ?? "") });

      assert.equal(endedSecrets, 3);
      assert.deepEqual(await Promise.all([old, other, young].map(({ client }) => liveSecrets(client.id))), [0, 0, 1]);
      const [row] = (await recordOf(bench.database, old.client.id)).slice(-1);
      assert.deepEqual(
        [row?.action, row?.actorName, row?.revision, row?.before, row?.after],
        ["client.end-secrets", "admin restored", 3, { liveSecrets: [1, 2] }, { liveSecrets: [] }],
      );
      assert.deepEqual((await recordOf(bench.database, young.client.id)).length, 1);
    });

    it("gives a client whose secrets have ended the next version", async () => {
      const { client } = await bench.make();
      await announce(NOON, { endsSecrets: true });

      const changed = await changeClient(
        bench.by("ana", EVENING),
        { key: { project: "web", id: client.id }, revision: 2 },
        { secretVersion: 2 },
      );

      assert.match(changed.secret ?? "", /^xpcs_/);
      assert.equal(await liveSecrets(client.id), 1);
    });

    it("loses the secrets of more clients than one batch has", async () => {
      for (let index = 0; index < 501; index++) await bench.make({ name: `client ${index}` });

      const { endedSecrets } = await announce(EVENING, { endsSecrets: true });

      assert.equal(endedSecrets, 501);
    });

    it("has an actor again that was revoked, and loses it when the operator names it", async () => {
      const usual = { projects: ["web"], ownerPrefix: null, ceiling: null, expiresTime: null };
      const { id } = await createActor(bench.by(), { ...usual, name: "ci", role: "editor", token: `xpat_${engine}` });
      const dump = await dumpDatabase(bench.database);
      await endActor(bench.by(), id);
      await restoreDatabase(bench.database, dump);
      const revokedTime = async () => (await findActor(bench.database.db, id))?.revokedTime?.toISOString();
      const before = await revokedTime();

      await announce(EVENING, { revokes: [id] });

      assert.deepEqual([before, await revokedTime()], [undefined, EVENING]);
    });
  });
}
