import assert from "node:assert/strict";
import { changeClient, deleteClient } from "../../../backend/src/changes/clients";
import { changeGrant } from "../../../backend/src/changes/grants";
import { restoreClient } from "../../../backend/src/changes/restore";
import { findClient, findClientAndGrant, listClients } from "../../../backend/src/store/clients";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";

const NOON = "2030-05-01T12:00:00.000Z";
const LAST_MOMENT = "2030-05-31T11:59:59.999Z";
const TOO_LATE = "2030-05-31T12:00:00.000Z";

for (const engine of ENGINES) {
  describe(`deleted clients on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    /** Makes a client with a grant and deletes it at noon. */
    const makeDeleted = async (name = "CRM") => {
      const { client } = await bench.make({ name, description: "Nightly", managedBy: `acme/${name}` });
      const key = { project: "web", id: client.id };
      await changeGrant(bench.by(), { key, revision: 0 }, { permissions: ["list:profile"], managedBy: "acme/grant" });
      await deleteClient(bench.by("ben"), { key, revision: 1 });
      return key;
    };
    const restore = (
      key: { project: string; id: string },
      wanted: { name?: string; managedBy?: string | null } = {},
      time = NOON,
    ) => restoreClient(bench.by("ana", time), key, { name: wanted.name, managedBy: wanted.managedBy });

    it("come back under their ID with their grant, both without an owner and at the next revision", async () => {
      const key = await makeDeleted();

      const client = await restore(key, {}, LAST_MOMENT);

      assert.deepEqual(
        [client.id, client.name, client.description, client.secretVersion, client.managedBy, client.revision],
        [key.id, "CRM", "Nightly", 1, null, 2],
      );
      assert.deepEqual([client.deletedTime, client.deletedBy, client.updatedBy], [null, null, "ana"]);
      assert.deepEqual(client.credentials, { secrets: [], publicKeys: [], highestVersion: 1 });
      const found = await findClientAndGrant(bench.database.db, key, { state: "live", now: new Date(LAST_MOMENT) });
      assert.deepEqual(
        [found?.grant?.permissions, found?.grant?.managedBy, found?.grant?.revision, found?.grant?.createdBy],
        [["list:profile"], null, 2, "ana"],
      );
    });

    it("are recorded when they come back, the client and its grant each with its revision", async () => {
      const key = await makeDeleted();

      await restore(key, { name: "CRM 2", managedBy: "acme/new" }, LAST_MOMENT);

      const record = await recordOf(bench.database, key.id);
      assert.deepEqual(
        record
          .slice(2)
          .map(({ action, managedBy, revision, before, after }) => [action, managedBy, revision, before, after]),
        [
          [
            "client.delete",
            "acme/CRM",
            null,
            {
              name: "CRM",
              description: "Nightly",
              managedBy: "acme/CRM",
              secretVersion: 1,
              permissions: ["list:profile"],
            },
            null,
          ],
          [
            "client.restore",
            "acme/new",
            2,
            { deletedTime: NOON, name: "CRM", managedBy: "acme/CRM" },
            { deletedTime: null, name: "CRM 2", managedBy: "acme/new" },
          ],
          ["grant.restore", null, 2, { managedBy: "acme/grant" }, { managedBy: null }],
        ],
      );
    });

    it("come back without a grant if they never had one", async () => {
      const { client } = await bench.make();
      const key = { project: "web", id: client.id };
      await deleteClient(bench.by(), { key, revision: 1 });

      await restore(key);

      const found = await findClientAndGrant(bench.database.db, key, { state: "live", now: new Date(NOON) });
      assert.equal(found?.grant, null);
    });

    it("cannot come back after 30 days, which the refusal says", async () => {
      const key = await makeDeleted();

      await assert.rejects(restore(key, {}, TOO_LATE), {
        code: "client_not_found",
        message: `there is no client ${key.id} in web; it was deleted by ben at ${NOON}, and the 30 days in which it could be restored are over`,
      });
    });

    it("are distinguished from clients that never existed", async () => {
      const unknown = { project: "web", id: "xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa" };
      const key = await makeDeleted();

      await assert.rejects(restore(unknown), {
        code: "client_not_found",
        message: /is it in another project, or was it deleted more than 30 days ago\?$/,
      });
      await assert.rejects(restore({ ...key, project: "nowhere" }), { code: "project_not_found" });
      await assert.rejects(changeClient(bench.by(), { key, revision: 1 }, { name: "Sales" }), {
        code: "client_not_found",
        message: /it was deleted by ben at .*, and can be restored until 2030-05-31T12:00:00.000Z$/,
      });
    });

    it("stay as they are when they are live", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const key = { project: "web", id: client.id };

      const same = await restore(key);
      const repeated = await restore(key, { name: "CRM", managedBy: "acme/urn" });

      assert.deepEqual(repeated, same);
      assert.deepEqual([same.name, same.managedBy, same.revision], ["CRM", "acme/urn", 1]);
      assert.equal(same.credentials.secrets.length, 1);
      assert.equal((await recordOf(bench.database, client.id)).length, 1);
    });

    it("refuse another name or owner when they are live, instead of dropping it", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const key = { project: "web", id: client.id };

      for (const wanted of [{ name: "Other" }, { managedBy: "acme/other" }, { managedBy: null }]) {
        await assert.rejects(restore(key, wanted), {
          code: "client_not_deleted",
          message: /is not deleted, so its name and its owner stay as they are; change them with PATCH$/,
        });
      }
      assert.equal((await recordOf(bench.database, client.id)).length, 1);
    });

    it("cannot come back under a name or for an owner that another client has meanwhile", async () => {
      const key = await makeDeleted();
      const { client: holder } = await bench.make({ managedBy: "acme/taken" });

      await assert.rejects(restore(key), { code: "name_taken", message: new RegExp(`by the client ${holder.id}`) });
      await assert.rejects(restore(key, { name: "CRM 2", managedBy: "acme/taken" }), {
        code: "owner_conflict",
        message: new RegExp(`acme/taken already has the client ${holder.id} .*set adopt: "${holder.id}"`),
      });
      assert.equal((await restore(key, { name: "CRM 2" })).name, "CRM 2");
    });

    it("end with one holder of the name when a client is restored while another is created under it", async () => {
      for (let round = 0; round < 5; round++) {
        const key = await makeDeleted(`Race ${round}`);

        const results = await Promise.allSettled([restore(key), bench.make({ name: `Race ${round}` })]);

        const codes = results.map((result) => (result.status === "fulfilled" ? "done" : result.reason.code)).sort();
        assert.deepEqual(codes, ["done", "name_taken"]);
      }
    });

    it("come back once when they are restored twice at the same time", async () => {
      const key = await makeDeleted();

      const restored = await Promise.all([restore(key), restore(key)]);

      assert.deepEqual(
        restored.map(({ revision }) => revision),
        [2, 2],
      );
    });

    it("are not taken over by the next create of the owner they had or have", async () => {
      const key = await makeDeleted();
      await restore(key, { managedBy: "acme/CRM" });

      await assert.rejects(bench.make({ managedBy: "acme/CRM" }), { code: "owner_conflict" });
    });

    it("are found by state as long as they can be restored", async () => {
      const key = await makeDeleted();
      const { client: live } = await bench.make({ name: "Live" });
      const { db } = bench.database;
      const listed = async (state: "live" | "deleted" | "any", time: string) => {
        const visibility = { state, now: new Date(time) };
        const { rows } = await listClients(
          db,
          { project: "web", visibility, filter: {} },
          { limit: 10, bytes: 10_000, after: null },
        );
        return rows.map(({ client }) => client.id).sort();
      };

      const both = [key.id, live.id].sort();
      assert.deepEqual(await listed("live", NOON), [live.id]);
      assert.deepEqual(await listed("deleted", LAST_MOMENT), [key.id]);
      assert.deepEqual(await listed("any", LAST_MOMENT), both);
      assert.deepEqual(await listed("deleted", TOO_LATE), []);
      assert.deepEqual(await listed("any", TOO_LATE), [live.id]);
      assert.equal(await findClient(db, key, { state: "deleted", now: new Date(TOO_LATE) }), null);
      assert.equal((await findClient(db, key, { state: "any", now: new Date(LAST_MOMENT) }))?.id, key.id);
      assert.equal(
        await findClient(db, { project: "web", id: live.id }, { state: "deleted", now: new Date(NOON) }),
        null,
      );
    });
  });
}
