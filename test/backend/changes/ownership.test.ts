import assert from "node:assert/strict";
import { changeClient, deleteClient } from "../../../backend/src/changes/clients";
import { changeGrant } from "../../../backend/src/changes/grants";
import { restoreClient } from "../../../backend/src/changes/restore";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";

for (const engine of ENGINES) {
  describe(`an actor that is bound to owners on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const bound = () => bench.by("ci", undefined, "team-a/");
    const makeFor = async (managedBy: string | null) => {
      const { client } = await bench.make({ managedBy });
      return { project: "web", id: client.id };
    };
    const put = (
      key: { project: string; id: string },
      revision: number,
      wanted: { permissions: readonly string[]; managedBy?: string | null },
    ) => changeGrant(bound(), { key, revision }, { managedBy: undefined, ...wanted });

    it("creates clients of its owners, and none of another owner or without one", async () => {
      const made = await bench.make({ managedBy: "team-a/urn" }, bound());

      assert.equal(made.client.managedBy, "team-a/urn");
      await assert.rejects(bench.make({ name: "Other", managedBy: "team-ab/urn" }, bound()), {
        code: "forbidden",
        message:
          'the new client would belong to "team-ab/urn", and the actor ci is bound to owners that begin with "team-a/"; ' +
          "use an owner that begins with it, or another actor",
      });
      await assert.rejects(bench.make({ name: "Other" }, bound()), {
        code: "forbidden",
        message: /^the new client would belong to no owner, /,
      });
    });

    it("changes and deletes what is its own", async () => {
      const key = await makeFor("team-a/urn");

      await changeClient(bound(), { key, revision: 1 }, { name: "Mine", secretVersion: 2 });
      const deleted = await deleteClient(bound(), { key, revision: 2 });

      assert.equal(deleted.name, "Mine");
    });

    it("adopts an unowned client, and otherwise leaves it alone", async () => {
      const key = await makeFor(null);

      await assert.rejects(changeClient(bound(), { key, revision: 1 }, { name: "Mine" }), { code: "forbidden" });
      await assert.rejects(deleteClient(bound(), { key, revision: 1 }), { code: "forbidden" });
      const { client } = await changeClient(bound(), { key, revision: 1 }, { managedBy: "team-a/urn" });

      assert.equal(client.managedBy, "team-a/urn");
    });

    it("cannot change another team's client or give its own away", async () => {
      const theirs = await makeFor("team-b/urn");
      const { client } = await bench.make({ name: "Mine", managedBy: "team-a/urn" });
      const mine = { project: "web", id: client.id };

      for (const fields of [
        { name: "Taken" },
        { managedBy: "team-a/other" },
        { managedBy: null },
        { secretVersion: 2 },
      ]) {
        await assert.rejects(changeClient(bound(), { key: theirs, revision: 1 }, fields), {
          code: "forbidden",
          message: new RegExp(
            `^the client ${theirs.id} \\("CRM"\\) belongs to "team-b/urn", and the actor ci is bound`,
          ),
        });
      }
      await assert.rejects(deleteClient(bound(), { key: theirs, revision: 1 }), { code: "forbidden" });
      await assert.rejects(changeClient(bound(), { key: mine, revision: 1 }, { managedBy: "team-b/urn" }), {
        message: /would belong to "team-b\/urn"/,
      });
      await assert.rejects(changeClient(bound(), { key: mine, revision: 1 }, { managedBy: null }), {
        message: /would belong to no owner/,
      });
      assert.equal((await recordOf(bench.database, theirs.id)).length, 1);
    });

    it("gets the refusal of an older revision before the name of the client's owner", async () => {
      const key = await makeFor("team-b/urn");

      await assert.rejects(changeClient(bound(), { key, revision: 9 }, { name: "x" }), { code: "revision_mismatch" });
    });

    it("sets the grant of its own client and of an unowned one for its owners", async () => {
      const mine = await makeFor("team-a/urn");
      const { client } = await bench.make({ name: "Free" });

      const own = await put(mine, 0, { permissions: ["list:profile"], managedBy: "team-a/grant" });
      const free = await put({ project: "web", id: client.id }, 0, { permissions: [], managedBy: "team-a/free" });

      assert.equal(own.grant?.managedBy, "team-a/grant");
      assert.equal(free.grant?.managedBy, "team-a/free");
      await assert.rejects(put(mine, 1, { permissions: ["list:tag"], managedBy: null }), {
        message: /^the grant of .* would belong to no owner/,
      });
    });

    it("gives up its own grant by emptying it, and no unowned grant", async () => {
      const key = await makeFor("team-a/urn");
      await put(key, 0, { permissions: ["list:profile"], managedBy: "team-a/grant" });

      const emptied = await put(key, 1, { permissions: [], managedBy: null });

      assert.deepEqual([emptied.grant?.permissions, emptied.grant?.managedBy], [[], null]);
      await assert.rejects(put(key, 2, { permissions: [] }), { code: "forbidden" });
    });

    it("cannot take another team's grant or set one on another team's client", async () => {
      const mine = await makeFor("team-a/urn");
      await changeGrant(
        bench.by(),
        { key: mine, revision: 0 },
        { permissions: ["list:tag"], managedBy: "team-b/grant" },
      );
      const { client } = await bench.make({ name: "Theirs", managedBy: "team-b/urn" });

      for (const managedBy of ["team-a/grant", null, undefined]) {
        await assert.rejects(changeGrant(bound(), { key: mine, revision: 1 }, { permissions: [], managedBy }), {
          code: "forbidden",
          message: /^the grant of .* belongs to "team-b\/grant"/,
        });
      }
      await assert.rejects(put({ project: "web", id: client.id }, 0, { permissions: [], managedBy: "team-a/grant" }), {
        message: /^the client .* belongs to "team-b\/urn"/,
      });
    });

    it("restores its own and unowned clients for its owners, and none of another team", async () => {
      const mine = await makeFor("team-a/urn");
      await deleteClient(bench.by(), { key: mine, revision: 1 });
      const theirs = await makeFor("team-b/urn");
      await deleteClient(bench.by(), { key: theirs, revision: 1 });
      const wanted = { name: undefined, managedBy: "team-a/urn" };

      await assert.rejects(restoreClient(bound(), mine, { ...wanted, managedBy: null }), {
        message: /would belong to no owner/,
      });
      await assert.rejects(restoreClient(bound(), theirs, wanted), { message: /belonged to "team-b\/urn"/ });
      assert.equal((await restoreClient(bound(), mine, wanted)).managedBy, "team-a/urn");
    });

    it("does not restore a client whose grant belonged to another team", async () => {
      const key = await makeFor("team-a/urn");
      await changeGrant(bench.by(), { key, revision: 0 }, { permissions: ["list:tag"], managedBy: "team-b/grant" });
      await deleteClient(bench.by(), { key, revision: 1 });

      await assert.rejects(restoreClient(bound(), key, { name: undefined, managedBy: "team-a/urn" }), {
        code: "forbidden",
        message: /^the grant of .* belonged to "team-b\/grant"/,
      });
      assert.equal((await recordOf(bench.database, key.id)).at(-1)?.action, "client.delete");
    });
  });
}
