import assert from "node:assert/strict";
import type { ClientFields } from "../../../backend/src/changes/client-fields";
import { changeClient, deleteClient } from "../../../backend/src/changes/clients";
import { restoreClient } from "../../../backend/src/changes/restore";
import { findTokenClients, recordFirstUse } from "../../../backend/src/store/client-credentials";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";

const NOON = "2030-05-01T12:00:00.000Z";

for (const engine of ENGINES) {
  describe(`the secrets of clients on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;
    let id: string;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(async () => {
      await emptyTables(bench);
      id = (await bench.make()).client.id;
    });
    after(() => bench.database.close());

    const patch = (revision: number, fields: ClientFields, time = NOON) =>
      changeClient(bench.by("ana", time), { key: { project: "web", id }, revision }, fields);
    const stored = () =>
      bench.database.db
        .selectFrom("credentials")
        .select(["id", "version", "supersededTime", "expiresTime", "revokedTime"])
        .where("client", "=", id)
        .orderBy("version")
        .orderBy("createdTime")
        .execute();
    /** The versions that the token endpoint takes at a time. */
    const liveAt = async (time: string) => {
      const [client] = await findTokenClients(bench.database.db, [
        { client: id, kind: "secret", jtiHash: null, now: new Date(time), accessToken: null },
      ]);
      const live = new Set(client?.secrets.map((secret) => secret.id));
      return (await stored()).filter((row) => live.has(row.id)).map(({ version }) => version);
    };
    const use = async (version: number, time = NOON) => {
      const row = (await stored()).filter((one) => one.version === version).at(-1);
      return recordFirstUse(bench.database.db, { client: id, credential: row?.id ?? "", time: new Date(time) });
    };

    it("create a second one and keep the first valid for a day", async () => {
      const { client, secret } = await patch(1, { secretVersion: 2 });

      assert.match(secret ?? "", /^xpcs_/);
      assert.deepEqual([client.secretVersion, client.revision], [2, 2]);
      assert.deepEqual(
        client.credentials.secrets.map(({ version, expiresTime }) => [version, expiresTime]),
        [
          [1, Date.parse("2030-05-02T12:00:00.000Z")],
          [2, null],
        ],
      );
      assert.deepEqual(await liveAt("2030-05-02T11:59:59.999Z"), [1, 2]);
      assert.deepEqual(await liveAt("2030-05-02T12:00:00.000Z"), [2]);
    });

    it("record a rotation with its overlap, without a secret or a hash", async () => {
      await patch(1, { secretVersion: 2 });
      const { secret } = await patch(2, { secretVersion: 3, secretOverlap: "0s", description: "rotated" });

      const record = await recordOf(bench.database, id);

      assert.deepEqual(
        record.slice(1).map(({ action, revision, before, after }) => ({ action, revision, before, after })),
        [
          { action: "client.update", revision: 2, before: { secretVersion: 1 }, after: { secretVersion: 2 } },
          {
            action: "client.update",
            revision: 3,
            before: { secretVersion: 2, description: null },
            after: { secretVersion: 3, secretOverlap: "0s", description: "rotated" },
          },
        ],
      );
      assert.equal(JSON.stringify(record).includes(secret ?? "?"), false);
    });

    it("end all earlier ones at once for an overlap of 0s, also on a replica whose clock is late", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "7d" });

      const { client } = await patch(2, { secretVersion: 3, secretOverlap: "0s" }, "2030-05-02T12:00:00.000Z");

      assert.deepEqual(
        client.credentials.secrets.map(({ version }) => version),
        [3],
      );
      assert.deepEqual(await liveAt("2030-05-02T11:59:00.000Z"), [3]);
    });

    it("refuse a third while two live, and name the second as the fix while it is unused", async () => {
      await patch(1, { secretVersion: 2 });

      await assert.rejects(patch(2, { secretVersion: 3 }), {
        code: "too_many_secrets",
        message:
          `the client ${id} ("CRM") already has two live secrets, and version 1 lives until 2030-05-02T12:00:00.000Z; ` +
          "version 2 was never used: ask for version 2 again, or wait until then, or send secretOverlap " +
          '"0s", which ends the earlier ones at once',
      });
    });

    it("refuse a third while two live, name which and until when, and change nothing", async () => {
      await patch(1, { secretVersion: 2 });
      await use(2);

      await assert.rejects(patch(2, { secretVersion: 3, name: "Other" }, "2030-05-02T11:59:59.999Z"), {
        code: "too_many_secrets",
        message:
          `the client ${id} ("CRM") already has two live secrets, and version 1 lives until 2030-05-02T12:00:00.000Z; ` +
          'wait until then, or send secretOverlap "0s", which ends the earlier ones at once',
      });

      assert.deepEqual(await liveAt(NOON), [1, 2]);
      assert.equal((await recordOf(bench.database, id)).length, 2);
      const { client } = await patch(2, { secretVersion: 3 }, "2030-05-02T12:00:00.000Z");
      assert.deepEqual([client.name, client.secretVersion], ["CRM", 3]);
    });

    it("make room when a shorter overlap has ended the first", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "90d" });

      const { client } = await patch(2, { secretVersion: 3, secretOverlap: "1h" }, "2030-05-01T13:00:00.000Z");

      assert.deepEqual(
        client.credentials.secrets.map(({ version, expiresTime }) => [version, expiresTime]),
        [
          [2, Date.parse("2030-05-01T14:00:00.000Z")],
          [3, null],
        ],
      );
    });

    it("keep their end when the next rotation names no overlap", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "90d" });

      await assert.rejects(patch(2, { secretVersion: 3 }, "2030-05-11T12:00:00.000Z"), {
        code: "too_many_secrets",
        message: /and version 1 lives until 2030-07-30T12:00:00\.000Z; /,
      });

      assert.deepEqual(await liveAt("2030-07-30T11:59:59.999Z"), [1, 2]);
      const { client } = await patch(2, { secretVersion: 0 }, "2030-05-11T12:00:00.000Z");
      assert.deepEqual(
        client.credentials.secrets.map(({ version, supersededTime, expiresTime }) => [
          version,
          ...[supersededTime, expiresTime].map((time) => time !== null && new Date(time).toISOString()),
        ]),
        [
          [1, "2030-05-01T12:00:00.000Z", "2030-07-30T12:00:00.000Z"],
          [2, "2030-05-11T12:00:00.000Z", "2030-05-12T12:00:00.000Z"],
        ],
      );
    });

    it("say which of two live ones ends first when there is no current one", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "90d" });
      await patch(2, { secretVersion: 0 });

      await assert.rejects(patch(3, { secretVersion: 3 }), {
        code: "too_many_secrets",
        message: /and version 2 lives until 2030-05-02T12:00:00\.000Z; /,
      });
    });

    it("leave the index of live secrets with the next rotation after their end", async () => {
      await patch(1, { secretVersion: 2 });

      await patch(2, { secretVersion: 3 }, "2030-05-03T00:00:00.000Z");

      assert.deepEqual(
        (await stored()).map(({ version, revokedTime }) => [version, revokedTime?.toISOString() ?? null]),
        [
          [1, "2030-05-02T12:00:00.000Z"],
          [2, null],
          [3, null],
        ],
      );
    });

    it("skip versions, and refuse one that is lower or was used, naming the next free one", async () => {
      await patch(1, { secretVersion: 7, secretOverlap: "0s" });

      await assert.rejects(patch(2, { secretVersion: 6 }), {
        code: "secret_version_conflict",
        message: `the client ${id} ("CRM") is at secret version 7 and cannot have version 6 any more; ask for version 8`,
      });
      assert.deepEqual(await liveAt(NOON), [7]);
    });

    it("stay valid for the overlap after version 0, and continue above every earlier version", async () => {
      await patch(1, { secretVersion: 4, secretOverlap: "0s" });

      const none = await patch(2, { secretVersion: 0, secretOverlap: "1h" });

      assert.deepEqual([none.secret, none.client.secretVersion], [null, 0]);
      assert.deepEqual(await liveAt("2030-05-01T12:59:59.999Z"), [4]);
      assert.deepEqual(await liveAt("2030-05-01T13:00:00.000Z"), []);
      for (const secretVersion of [1, 3, 4]) {
        await assert.rejects(patch(3, { secretVersion }), {
          code: "secret_version_conflict",
          message: /is at secret version 0 and cannot have version \d any more; ask for version 5$/,
        });
      }
      const { client } = await patch(3, { secretVersion: 5 });
      assert.deepEqual(
        client.credentials.secrets.map(({ version }) => version),
        [4, 5],
      );
    });

    it("do not live longer because of version 0 without an overlap", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      await patch(2, { secretVersion: 0 });

      assert.deepEqual(await liveAt("2030-05-01T12:59:59.999Z"), [1, 2]);
      assert.deepEqual(await liveAt("2030-05-01T13:00:00.000Z"), [2]);
    });

    it("stay as they are when version 0 is asked for again", async () => {
      await patch(1, { secretVersion: 0, secretOverlap: "0s" });

      const { client, secret } = await patch(2, { secretVersion: 0 });

      assert.deepEqual([client.revision, secret], [2, null]);
    });

    it("are created again for the current version while it is unused, and the overlap starts again", async () => {
      const lost = await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      const { client, secret } = await patch(2, { secretVersion: 2 }, "2030-05-01T12:30:00.000Z");

      assert.notEqual(secret, lost.secret);
      assert.deepEqual([client.secretVersion, client.revision], [2, 3]);
      assert.deepEqual(
        client.credentials.secrets.map(({ version, createdTime, expiresTime }) => [version, createdTime, expiresTime]),
        [
          [1, Date.parse(NOON), Date.parse("2030-05-01T13:30:00.000Z")],
          [2, Date.parse("2030-05-01T12:30:00.000Z"), null],
        ],
      );
      const [, replaced] = (await stored()).filter(({ version }) => version <= 2);
      assert.deepEqual(replaced?.revokedTime, new Date("2030-05-01T12:30:00.000Z"));
      const last = (await recordOf(bench.database, id)).at(-1);
      assert.deepEqual(
        [last?.action, last?.revision, last?.before, last?.after],
        ["client.reissue-secret", 3, null, null],
      );
    });

    it("live for an overlap that is given with the current version, counted from then, as does a later one", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      await patch(2, { secretVersion: 2, secretOverlap: "1h" }, "2030-05-01T12:55:00.000Z");
      const again = await liveAt("2030-05-01T13:54:59.999Z");
      await patch(3, { secretOverlap: "2h" }, "2030-05-01T12:56:00.000Z");

      assert.deepEqual(again, [1, 2]);
      assert.deepEqual(await liveAt("2030-05-01T14:54:59.999Z"), [1, 2]);
      assert.deepEqual(await liveAt("2030-05-01T14:55:00.000Z"), [2]);
    });

    it("end when version 0 said so, although a later one is created again", async () => {
      await patch(1, { secretVersion: 0 });
      await patch(2, { secretVersion: 2 }, "2030-05-02T08:00:00.000Z");

      await patch(3, { secretVersion: 2 }, "2030-05-02T09:00:00.000Z");

      assert.deepEqual(await liveAt("2030-05-02T11:59:59.999Z"), [1, 2]);
      assert.deepEqual(await liveAt("2030-05-02T12:00:00.000Z"), [2]);
    });

    it("never end sooner for a secret that is made again on a replica whose clock is late", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      await patch(2, { secretVersion: 2 }, "2030-05-01T11:59:50.000Z");

      assert.deepEqual(await liveAt("2030-05-01T12:59:59.999Z"), [1, 2]);
      assert.deepEqual(await liveAt("2030-05-01T13:00:00.000Z"), [2]);
    });

    it("end at once for an overlap of 0s that is given with the current version", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "24h" });

      await patch(2, { secretVersion: 2, secretOverlap: "0s" }, "2030-05-01T12:30:00.000Z");

      assert.deepEqual(await liveAt(NOON), [2]);
    });

    it("are not created again once the current one was used", async () => {
      await use(1, "2030-05-01T12:10:00.000Z");

      await assert.rejects(patch(1, { secretVersion: 1 }), {
        code: "secret_version_conflict",
        message:
          `version 1 of the client ${id} ("CRM") is in use since 2030-05-01T12:10:00.000Z, so its secret cannot be ` +
          "shown again; ask for version 2",
      });
    });

    it("are not created again for a restored client", async () => {
      const key = { project: "web", id };
      await deleteClient(bench.by(), { key, revision: 1 });
      await restoreClient(bench.by(), key, { name: undefined, managedBy: null });

      await assert.rejects(patch(2, { secretVersion: 1 }), {
        code: "secret_version_conflict",
        message: /^version 1 of .* no longer works, so its secret cannot be shown again; ask for version 2$/,
      });
      const { client } = await patch(2, { secretVersion: 2 });
      assert.deepEqual(
        client.credentials.secrets.map(({ version }) => version),
        [2],
      );
    });

    it("end later or sooner for an overlap alone, counted from when each was superseded", async () => {
      await patch(1, { secretVersion: 2 });

      await patch(2, { secretOverlap: "7d" }, "2030-05-02T00:00:00.000Z");
      const later = await liveAt("2030-05-08T11:59:59.999Z");
      await patch(3, { secretOverlap: "1h" }, "2030-05-02T00:00:00.000Z");

      assert.deepEqual(later, [1, 2]);
      assert.deepEqual(await liveAt(NOON), [2]);
      const last = (await recordOf(bench.database, id)).at(-1);
      assert.deepEqual(
        [last?.action, last?.revision, last?.before, last?.after],
        ["client.update", 4, {}, { secretOverlap: "1h" }],
      );
    });

    it("stay ended when the overlap becomes longer", async () => {
      await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      const { client } = await patch(2, { secretOverlap: "90d" }, "2030-05-01T13:00:00.000Z");

      assert.equal(client.revision, 2);
      assert.deepEqual(await liveAt("2030-05-01T13:00:00.000Z"), [2]);
    });

    it("stay as they are for the same overlap, and for one where there is no earlier secret", async () => {
      const alone = await patch(1, { secretOverlap: "1h" });
      await patch(1, { secretVersion: 2, secretOverlap: "1h" });

      const same = await patch(2, { secretOverlap: "60m" });

      assert.equal(alone.client.revision, 1);
      assert.equal(same.client.revision, 2);
      assert.equal((await recordOf(bench.database, id)).length, 2);
    });

    it("are rotated once by two rotations of the same revision at once", async () => {
      const results = await Promise.allSettled(Array.from({ length: 6 }, () => patch(1, { secretVersion: 2 })));

      const codes = results.map((result) => (result.status === "fulfilled" ? "rotated" : result.reason.code)).sort();
      assert.deepEqual(codes, [...Array.from({ length: 5 }, () => "revision_mismatch"), "rotated"]);
      assert.deepEqual(await liveAt(NOON), [1, 2]);
    });

    it("are used or created again, never both, when the two happen at once", async () => {
      for (let round = 0; round < 10; round++) {
        const { client } = await bench.make({ name: `Race ${round}` });
        id = client.id;

        const [used, reissued] = await Promise.allSettled([use(1), patch(1, { secretVersion: 1 })]);

        const wasUsed = used.status === "fulfilled" && used.value;
        assert.notEqual(wasUsed, reissued.status === "fulfilled", `round ${round}`);
        assert.deepEqual(await liveAt(NOON), [1]);
      }
    });

    it("cannot be used for the first time after they were ended at once", async () => {
      const [first] = await stored();
      await patch(1, { secretVersion: 2, secretOverlap: "0s" });

      const used = await recordFirstUse(bench.database.db, {
        client: id,
        credential: first?.id ?? "",
        time: new Date(NOON),
      });

      assert.equal(used, false);
      const { lastUsedTime } = await bench.database.db
        .selectFrom("clients")
        .select("lastUsedTime")
        .where("id", "=", id)
        .executeTakeFirstOrThrow();
      assert.equal(lastUsedTime, null);
    });
  });
}
