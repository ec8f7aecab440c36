import assert from "node:assert/strict";
import { changeGrant } from "../../../backend/src/changes/grants";
import type { ClientKey } from "../../../backend/src/store/clients";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";

for (const engine of ENGINES) {
  describe(`changes of grants on ${engine}`, function () {
    this.timeout(60_000);
    let bench: ChangeBench;
    let key: ClientKey;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(async () => {
      await emptyTables(bench);
      const { client } = await bench.make();
      key = { project: "web", id: client.id };
    });
    after(() => bench.database.close());

    const put = (revision: number, permissions: readonly string[], managedBy?: string | null) =>
      changeGrant(bench.by(), { key, revision }, { permissions, managedBy });

    it("sets a grant for the first time at revision 1", async () => {
      const { grant } = await put(0, ["list:profile", "info:profile"], "acme/urn");

      assert.deepEqual(grant?.permissions, ["list:profile", "info:profile"]);
      assert.equal(grant?.managedBy, "acme/urn");
      assert.equal(grant?.revision, 1);
    });

    it("records the whole sets before and after", async () => {
      await put(0, ["list:profile"]);
      await put(1, ["list:profile", "info:profile"], "acme/urn");

      const record = await recordOf(bench.database, key.id);

      assert.deepEqual(
        record.slice(1).map(({ action, targetType, targetName, revision, before, after }) => ({
          action,
          targetType,
          targetName,
          revision,
          before,
          after,
        })),
        [
          {
            action: "grant.update",
            targetType: "grant",
            targetName: "CRM",
            revision: 1,
            before: { permissions: [] },
            after: { permissions: ["list:profile"] },
          },
          {
            action: "grant.update",
            targetType: "grant",
            targetName: "CRM",
            revision: 2,
            before: { permissions: ["list:profile"], managedBy: null },
            after: { permissions: ["list:profile", "info:profile"], managedBy: "acme/urn" },
          },
        ],
      );
    });

    it("keeps the owner when none is given and gives it up for null", async () => {
      await put(0, ["list:profile"], "acme/urn");
      const kept = await put(1, ["info:profile"]);

      const given = await put(2, ["info:profile"], null);

      assert.equal(kept.grant?.managedBy, "acme/urn");
      assert.equal(given.grant?.managedBy, null);
      assert.equal(given.grant?.revision, 3);
    });

    it("writes nothing for the same set or for the empty one over nothing", async () => {
      const nothing = await put(0, []);
      await put(0, ["list:profile"]);

      const same = await put(1, ["list:profile"]);

      assert.equal(nothing.grant, null);
      assert.equal(same.grant?.revision, 1);
      assert.equal((await recordOf(bench.database, key.id)).length, 2);
    });

    it("takes a grant away with the empty set, and its revision goes on", async () => {
      await put(0, ["list:profile"]);
      await put(1, []);

      const { grant } = await put(2, ["list:profile"]);

      assert.equal(grant?.revision, 3);
    });

    it("keeps who made the grant first apart from who changed it last", async () => {
      await put(0, ["list:profile"]);

      const { grant } = await changeGrant(
        bench.by("ben", "2030-05-09T00:00:00.000Z"),
        { key, revision: 1 },
        { permissions: [], managedBy: undefined },
      );

      assert.deepEqual(
        [grant?.createdBy, grant?.createdTime.toISOString(), grant?.updatedBy, grant?.updatedTime.toISOString()],
        ["ana", "2030-05-01T12:00:00.000Z", "ben", "2030-05-09T00:00:00.000Z"],
      );
    });

    it("refuses a revision that is not the live one, the first grant included", async () => {
      await put(0, ["list:profile"]);

      await assert.rejects(put(0, ["info:profile"]), { code: "revision_mismatch" });
      await assert.rejects(put(7, ["info:profile"]), { code: "revision_mismatch" });
    });

    it("lets one of several first grants at once through", async () => {
      const results = await Promise.allSettled(
        ["list:profile", "info:profile", "list:device", "info:device"].map((permission) => put(0, [permission])),
      );

      const codes = results.map((result) => (result.status === "fulfilled" ? "set" : result.reason.code)).sort();
      assert.deepEqual(codes, ["revision_mismatch", "revision_mismatch", "revision_mismatch", "set"]);
    });

    it("gives an unowned set to one of two owners at once, and shows the other one who has it", async () => {
      await put(0, ["list:profile"]);

      const results = await Promise.allSettled(
        ["team-a/urn", "team-b/urn"].map((owner) => put(1, ["list:profile"], owner)),
      );

      const [won] = results.flatMap((result) => (result.status === "fulfilled" ? [result.value.grant] : []));
      const refused = results.flatMap((result) => (result.status === "rejected" ? [result.reason] : []));
      assert.match(won?.managedBy ?? "", /^team-[ab]\/urn$/);
      assert.deepEqual(
        refused.map(({ code, extras }) => [code, extras.current.managedBy]),
        [["revision_mismatch", won?.managedBy]],
      );
    });
  });
}
