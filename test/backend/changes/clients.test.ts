import assert from "node:assert/strict";
import { changeClient, deleteClient } from "../../../backend/src/changes/clients";
import { changeGrant } from "../../../backend/src/changes/grants";
import { hashSecret } from "../../../backend/src/credentials/secrets";
import { recordFirstUse } from "../../../backend/src/store/client-credentials";
import { findClient, findClientAndGrant } from "../../../backend/src/store/clients";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";

const LIVE = { state: "live", now: new Date("2030-05-01T12:00:00.000Z") } as const;

for (const engine of ENGINES) {
  describe(`changes of clients on ${engine}`, function () {
    this.timeout(60_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const secretsOf = (client: string) =>
      bench.database.db
        .selectFrom("credentials")
        .selectAll()
        .where("client", "=", client)
        .orderBy("createdTime")
        .execute();

    it("makes a client at revision 1 whose secret is stored as a hash only", async () => {
      const { client, secret, takenOver } = await bench.make({ description: "Nightly sync" });

      assert.equal(takenOver, false);
      assert.equal(client.revision, 1);
      assert.equal(client.createdBy, "ana");
      assert.deepEqual(client.createdTime, new Date("2030-05-01T12:00:00.000Z"));
      const [stored] = await secretsOf(client.id);
      assert.deepEqual(Buffer.from(stored?.secretHash ?? []), hashSecret(secret ?? ""));
      assert.equal(stored?.createdBy, "xpa_ana");
    });

    it("makes no secret at secret version 0", async () => {
      const { client, secret } = await bench.make({ secretVersion: 0 });

      assert.equal(secret, null);
      assert.deepEqual(await secretsOf(client.id), []);
    });

    it("records a create without its secret or the hash", async () => {
      const { client, secret } = await bench.make();

      const record = await recordOf(bench.database, client.id);

      assert.deepEqual(
        record.map(({ action, before, after }) => ({ action, before, after })),
        [
          {
            action: "client.create",
            before: null,
            after: { name: "CRM", description: null, managedBy: null, secretVersion: 1 },
          },
        ],
      );
      const text = JSON.stringify(record);
      assert.equal(text.includes(secret ?? "?"), false);
      assert.equal(text.includes(hashSecret(secret ?? "").toString("hex")), false);
    });

    it("refuses a project that is not there", async () => {
      await assert.rejects(bench.make({ project: "nowhere" }), { code: "project_not_found" });
    });

    it("refuses a name that a live client of the project has, and names that client", async () => {
      const { client } = await bench.make();

      await assert.rejects(bench.make({ managedBy: "acme/urn" }), (error: Error) => {
        assert.match(error.message, new RegExp(`"CRM" is taken in web by the client ${client.id}`));
        return true;
      });
    });

    it("takes seven statements at most, with those that begin and end the transaction", async () => {
      const before = bench.database.statements();

      await bench.make();

      assert.ok(bench.database.statements() - before <= 7);
    });

    it("gives an interrupted create of the same owner a fresh secret and ends the old one", async () => {
      const first = await bench.make({ managedBy: "acme/urn" });

      const second = await bench.make({ managedBy: "acme/urn" }, bench.by("ana", "2030-05-02T11:59:59.000Z"));

      assert.equal(second.takenOver, true);
      assert.equal(second.client.id, first.client.id);
      assert.equal(second.client.revision, 1);
      assert.notEqual(second.secret, first.secret);
      const [old, fresh] = await secretsOf(first.client.id);
      assert.deepEqual(old?.revokedTime, new Date("2030-05-02T11:59:59.000Z"));
      assert.equal(fresh?.revokedTime, null);
      assert.deepEqual(
        (await recordOf(bench.database, first.client.id)).map(({ action, revision }) => [action, revision]),
        [
          ["client.create", 1],
          ["client.take-over", null],
        ],
      );
    });

    it("takes nothing over for a caller that has gone, and keeps the other caller's secret", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const gone = { ...bench.by(), isAbandoned: async () => true };

      await assert.rejects(bench.make({ managedBy: "acme/urn", name: "Late" }, gone), { code: "owner_conflict" });

      const [secret, more] = await secretsOf(client.id);
      assert.deepEqual([secret?.revokedTime, more], [null, undefined]);
      assert.equal((await recordOf(bench.database, client.id)).length, 1);
    });

    it("creates a new client also for a caller that has gone", async () => {
      const { takenOver } = await bench.make(
        { managedBy: "acme/urn" },
        { ...bench.by(), isAbandoned: async () => true },
      );

      assert.equal(takenOver, false);
    });

    it("does not take over a client whose secret was made again", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      await changeClient(bench.by(), { key: { project: "web", id: client.id }, revision: 1 }, { secretVersion: 1 });

      await assert.rejects(bench.make({ managedBy: "acme/urn" }), { code: "owner_conflict" });
    });

    it("names who changed and used a client that its owner's next create conflicts with", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const expected = { key: { project: "web", id: client.id }, revision: 1 };
      await changeClient(bench.by("ben", "2030-05-03T00:00:00.000Z"), expected, { description: "by hand" });
      const [secret] = await secretsOf(client.id);
      await recordFirstUse(bench.database.db, {
        client: client.id,
        credential: secret?.id ?? "",
        time: new Date("2030-05-04T00:00:00.000Z"),
      });

      await assert.rejects(bench.make({ managedBy: "acme/urn" }), {
        message: new RegExp(
          "made by ana at 2030-05-01T12:00:00.000Z, last changed by ben at 2030-05-03T00:00:00.000Z, " +
            `last used at 2030-05-04T00:00:00.000Z; to keep it, set adopt: "${client.id}"`,
        ),
      });
    });

    it("gives a taken-over client the name, the description and the secret version asked for", async () => {
      const first = await bench.make({ managedBy: "acme/urn", description: "old" });

      const second = await bench.make({
        managedBy: "acme/urn",
        name: "Billing",
        description: null,
        secretVersion: 0,
      });

      assert.equal(second.client.id, first.client.id);
      assert.deepEqual(
        [second.client.name, second.client.description, second.client.secretVersion, second.client.revision],
        ["Billing", null, 0, 2],
      );
      assert.equal(second.secret, null);
      assert.deepEqual(
        (await secretsOf(first.client.id)).map(({ revokedTime }) => revokedTime === null),
        [false],
      );
    });

    it("empties what a take-over leaves out", async () => {
      await bench.make({ managedBy: "acme/urn", description: "old" });

      const { client } = await bench.make({ managedBy: "acme/urn" });

      assert.deepEqual([client.description, client.managedBy, client.revision], [null, "acme/urn", 2]);
    });

    it("takes over a take-over that was interrupted as well", async () => {
      const first = await bench.make({ managedBy: "acme/urn" });
      await bench.make({ managedBy: "acme/urn", name: "Billing" });

      const third = await bench.make({ managedBy: "acme/urn", name: "Billing" });

      assert.equal(third.takenOver, true);
      assert.equal(third.client.id, first.client.id);
      assert.equal(third.client.name, "Billing");
    });

    it("refuses to take over into a name that another client has, and changes nothing", async () => {
      await bench.make({ name: "Billing" });
      const { client } = await bench.make({ managedBy: "acme/urn" });

      await assert.rejects(bench.make({ managedBy: "acme/urn", name: "Billing" }), { code: "name_taken" });

      const [secret] = await secretsOf(client.id);
      assert.equal(secret?.revokedTime, null);
    });

    it("refuses the owner's second client when the first is a day old", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });

      await assert.rejects(
        bench.make({ managedBy: "acme/urn" }, bench.by("ana", "2030-05-02T12:00:00.000Z")),
        (error: Error & { code?: string; extras?: { current?: { id: string } } }) => {
          assert.equal(error.code, "owner_conflict");
          assert.match(
            error.message,
            new RegExp(
              `already has the client ${client.id} \\("CRM"\\) in web, made by ana at 2030-05-01T12:00:00.000Z; to keep it, ` +
                `set adopt: "${client.id}" in the program .*, else delete that one, or use another owner`,
            ),
          );
          assert.equal(error.extras?.current?.id, client.id);
          return true;
        },
      );
    });

    it("refuses the owner's second client when another actor made the first", async () => {
      await bench.make({ managedBy: "acme/urn" });

      await assert.rejects(bench.make({ managedBy: "acme/urn" }, bench.by("ben")), { code: "owner_conflict" });
    });

    it("refuses the owner's second client when the first was changed", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      await changeClient(
        bench.by(),
        { key: { project: "web", id: client.id }, revision: 1 },
        { description: "by hand" },
      );

      await assert.rejects(bench.make({ managedBy: "acme/urn" }), { code: "owner_conflict" });
    });

    it("refuses the owner's second client when the first was used", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const [secret] = await secretsOf(client.id);
      await recordFirstUse(bench.database.db, {
        client: client.id,
        credential: secret?.id ?? "",
        time: new Date("2030-05-01T12:01:00.000Z"),
      });

      await assert.rejects(bench.make({ managedBy: "acme/urn" }), { code: "owner_conflict" });
    });

    it("lets an owner have one client in each project, and any number of clients without an owner", async () => {
      await bench.make({ name: "one" });
      await bench.make({ name: "two" });

      const { takenOver } = await bench.make({ name: "three", managedBy: "acme/urn" });

      assert.equal(takenOver, false);
    });

    it("changes what differs, counts it once and records both sides", async () => {
      const { client } = await bench.make({ description: "old" });
      const expected = { key: { project: "web", id: client.id }, revision: 1 };

      const { client: changed } = await changeClient(bench.by("ben", "2030-05-03T00:00:00.000Z"), expected, {
        name: "CRM",
        description: "new",
        managedBy: "acme/urn",
      });

      assert.equal(changed.revision, 2);
      assert.equal(changed.updatedBy, "ben");
      assert.deepEqual(changed.updatedTime, new Date("2030-05-03T00:00:00.000Z"));
      assert.equal(changed.createdBy, "ana");
      const [, row] = await recordOf(bench.database, client.id);
      assert.deepEqual(row, {
        action: "client.update",
        actorName: "ben",
        targetType: "client",
        targetId: client.id,
        targetName: "CRM",
        managedBy: "acme/urn",
        revision: 2,
        before: { description: "old", managedBy: null },
        after: { description: "new", managedBy: "acme/urn" },
      });
    });

    it("writes nothing when nothing would change", async () => {
      const { client } = await bench.make({ description: "same" });
      const expected = { key: { project: "web", id: client.id }, revision: 1 };

      const { client: same } = await changeClient(bench.by("ben"), expected, { name: "CRM", description: "same" });

      assert.equal(same.revision, 1);
      assert.equal(same.updatedBy, "ana");
      assert.equal((await recordOf(bench.database, client.id)).length, 1);
    });

    it("refuses a change of an older revision and says who changed it, and when", async () => {
      const { client } = await bench.make();
      const expected = { key: { project: "web", id: client.id }, revision: 1 };
      await changeClient(bench.by("ben", "2030-05-03T00:00:00.000Z"), expected, { name: "Billing" });

      await assert.rejects(
        changeClient(bench.by(), expected, { name: "Sales" }),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "revision_mismatch");
          assert.match(error.message, /is at revision 2, not 1; last changed by ben at 2030-05-03T00:00:00.000Z/);
          return true;
        },
      );
    });

    it("refuses a rename to a name that is taken and an owner that has a client", async () => {
      await bench.make({ name: "Billing", managedBy: "acme/urn" });
      const { client } = await bench.make();
      const expected = { key: { project: "web", id: client.id }, revision: 1 };

      await assert.rejects(changeClient(bench.by(), expected, { name: "Billing" }), { code: "name_taken" });
      await assert.rejects(changeClient(bench.by(), expected, { managedBy: "acme/urn" }), { code: "owner_conflict" });
    });

    it("deletes a client with its credentials, keeps its rows and frees its name and owner", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const key = { project: "web", id: client.id };
      await changeGrant(bench.by(), { key, revision: 0 }, { permissions: ["list:profile"], managedBy: undefined });

      const deleted = await deleteClient(bench.by("ben"), { key, revision: 1 });

      assert.deepEqual(
        [deleted.deletedTime, deleted.revision, deleted.credentials, deleted.grant?.permissions],
        [new Date("2030-05-01T12:00:00.000Z"), 1, { secrets: [], publicKeys: [], highestVersion: 1 }, ["list:profile"]],
      );
      assert.equal(await findClient(bench.database.db, key, LIVE), null);
      const [secret] = await secretsOf(client.id);
      assert.notEqual(secret?.revokedTime, null);
      const row = await bench.database.db
        .selectFrom("clients")
        .select(["deletedBy", "deletedTime"])
        .where("id", "=", client.id)
        .executeTakeFirst();
      assert.deepEqual(row, { deletedBy: "ben", deletedTime: new Date("2030-05-01T12:00:00.000Z") });
      const last = (await recordOf(bench.database, client.id)).at(-1);
      assert.deepEqual(
        { action: last?.action, before: last?.before, after: last?.after },
        {
          action: "client.delete",
          before: {
            name: "CRM",
            description: null,
            managedBy: "acme/urn",
            secretVersion: 1,
            permissions: ["list:profile"],
          },
          after: null,
        },
      );
      const again = await bench.make({ managedBy: "acme/urn" });
      assert.notEqual(again.client.id, client.id);
      assert.equal(
        (await findClientAndGrant(bench.database.db, { project: "web", id: again.client.id }, LIVE))?.grant,
        null,
      );
    });

    for (const [what, grant] of [
      ["owned in its limit", { permissions: ["list:profile"], managedBy: "acme/urn:grant" }],
      ["without an owner", { permissions: ["list:profile"], managedBy: null }],
      ["of another owner, and empty", { permissions: [], managedBy: "other/urn:grant" }],
    ] as const) {
      it(`deletes, limited to an owner's grants, a client whose grant is ${what}`, async () => {
        const { client } = await bench.make({ managedBy: "acme/urn" });
        const key = { project: "web", id: client.id };
        await changeGrant(bench.by(), { key, revision: 0 }, grant);

        await deleteClient(bench.by(), { key, revision: 1 }, { grantOwnerPrefix: "acme/" });

        assert.equal(await findClient(bench.database.db, key, LIVE), null);
      });
    }

    it("refuses a delete that would end another owner's permissions than its limit, and changes nothing", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn" });
      const key = { project: "web", id: client.id };
      const grant = { permissions: ["list:profile"], managedBy: "other/urn:grant" };
      await changeGrant(bench.by("ben"), { key, revision: 0 }, grant);

      await assert.rejects(deleteClient(bench.by(), { key, revision: 1 }, { grantOwnerPrefix: "acme/" }), {
        code: "owner_conflict",
        message:
          `the client ${client.id} ("CRM") has 1 permission that other/urn:grant manages, last set by ben at ` +
          "2030-05-01T12:00:00.000Z, and a delete would end them; remove that grant first, or release it: set its managedBy to null",
        extras: {
          current: {
            ...{ id: client.id, name: "CRM", managedBy: "other/urn:grant", revision: 1, updatedBy: "ben" },
            updatedTime: "2030-05-01T12:00:00.000Z",
          },
        },
      });

      const there = await findClientAndGrant(bench.database.db, key, LIVE);
      assert.deepEqual([there?.client.revision, there?.grant?.permissions], [1, ["list:profile"]]);
      assert.equal((await recordOf(bench.database, client.id)).length, 2);
    });

    it("finds nothing to delete or change the second time", async () => {
      const { client } = await bench.make();
      const expected = { key: { project: "web", id: client.id }, revision: 1 };
      await deleteClient(bench.by(), expected);

      await assert.rejects(deleteClient(bench.by(), expected), { code: "client_not_found" });
      await assert.rejects(changeClient(bench.by(), expected, { name: "Sales" }), { code: "client_not_found" });
    });

    it("does not find a client in another project", async () => {
      const { client } = await bench.make();
      await bench.database.db
        .insertInto("projects")
        .values({ slug: "shop", name: "Shop", createdBy: "ana", createdTime: new Date() })
        .execute();
      const expected = { key: { project: "shop", id: client.id }, revision: 1 };

      await assert.rejects(changeClient(bench.by(), expected, { name: "Sales" }), { code: "client_not_found" });
    });

    it("lets one of several creates of the same name at once through", async () => {
      const results = await Promise.allSettled(Array.from({ length: 8 }, () => bench.make({ name: "Same" })));

      const codes = results.map((result) => (result.status === "fulfilled" ? "made" : result.reason.code)).sort();
      assert.deepEqual(codes, ["made", ...Array.from({ length: 7 }, () => "name_taken")]);
    });

    it("ends several creates of one owner at once with one client and one live secret", async () => {
      const made = await Promise.all(Array.from({ length: 8 }, () => bench.make({ managedBy: "acme/urn" })));

      assert.equal(new Set(made.map(({ client }) => client.id)).size, 1);
      assert.equal(made.filter(({ takenOver }) => !takenOver).length, 1);
      const secrets = await secretsOf(made[0]?.client.id ?? "");
      assert.equal(secrets.filter(({ revokedTime }) => revokedTime === null).length, 1);
    });

    it("lets one of several changes of the same revision at once through", async () => {
      const { client } = await bench.make();
      const expected = { key: { project: "web", id: client.id }, revision: 1 };

      const results = await Promise.allSettled(
        Array.from({ length: 8 }, (_, index) => changeClient(bench.by(), expected, { name: `Name ${index}` })),
      );

      const codes = results.map((result) => (result.status === "fulfilled" ? "changed" : result.reason.code)).sort();
      assert.deepEqual(codes, ["changed", ...Array.from({ length: 7 }, () => "revision_mismatch")]);
    });

    it("lets one of two renames to the same name at once through", async () => {
      const one = await bench.make({ name: "one" });
      const two = await bench.make({ name: "two" });

      const results = await Promise.allSettled(
        [one, two].map(({ client }) =>
          changeClient(bench.by(), { key: { project: "web", id: client.id }, revision: 1 }, { name: "Same" }),
        ),
      );

      const codes = results.map((result) => (result.status === "fulfilled" ? "changed" : result.reason.code)).sort();
      assert.deepEqual(codes, ["changed", "name_taken"]);
    });
  });
}
