import assert from "node:assert/strict";
import { sql } from "kysely";
import { createActor, endActor } from "../../../backend/src/changes/actors";
import { deleteClient } from "../../../backend/src/changes/clients";
import { changeGrant } from "../../../backend/src/changes/grants";
import { restoreClient } from "../../../backend/src/changes/restore";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { recoverAdmin } from "../../../backend/src/process/bootstrap";
import { insertRevokedToken } from "../../../backend/src/store/access-tokens";
import { hasAdmin } from "../../../backend/src/store/admins";
import { insertAssertion } from "../../../backend/src/store/assertions";
import { removeClients } from "../../../backend/src/store/ended-rows";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";
import { CLIENT_ID } from "../../support/backend/management-answers";
import { purgeAt } from "../../support/backend/purge";

const NOON = "2030-05-01T12:00:00.000Z";
/** 30 days and the hour for clocks that disagree. */
const LAST_MOMENT = "2030-05-31T13:00:00.000Z";
const AFTER = "2030-05-31T13:00:00.001Z";

for (const engine of ENGINES) {
  describe(`the purge on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const purge = (time: string, options?: Parameters<typeof purgeAt>[2]) =>
      purgeAt(bench.database.db, new Date(time), options);
    const idsOf = async (table: "clients" | "actors") =>
      (await bench.database.db.selectFrom(table).select("id").orderBy("createdTime").execute()).map(({ id }) => id);
    /** Makes a client with a secret and a grant, and deletes it at noon. */
    const makeDeleted = async (name = "CRM") => {
      const { client } = await bench.make({ name, managedBy: `acme/${name}` });
      const key = { project: "web", id: client.id };
      await changeGrant(bench.by(), { key, revision: 0 }, { permissions: ["list:profile"], managedBy: "acme/grant" });
      await deleteClient(bench.by("ben"), { key, revision: 1 });
      return key;
    };
    const makeActor = (name: string, role: "admin" | "viewer", expiresTime: string | null = null) =>
      createActor(bench.by(), {
        name,
        role,
        projects: role === "admin" ? null : ["web"],
        ownerPrefix: null,
        ceiling: null,
        expiresTime: expiresTime === null ? null : new Date(expiresTime),
        token: makeSecret("xpat"),
      });

    it("removes a client with its grant and credentials an hour after it could be restored, and no other", async () => {
      const live = await bench.make({ name: "live" });
      const later = await bench.make({ name: "later" });
      await makeDeleted();
      const key = { project: "web", id: later.client.id };
      await deleteClient(bench.by("ana", "2030-05-01T12:00:00.001Z"), { key, revision: 1 });

      const early = await purge(LAST_MOMENT);
      const removed = await purge(AFTER);

      assert.deepEqual([early, removed], [{}, { clients: 1, grants: 1, credentials: 1 }]);
      assert.deepEqual(await idsOf("clients"), [live.client.id, later.client.id]);
      const { rows } = await sql`select client from credentials order by client`.execute(bench.database.db);
      assert.equal(rows.length, 2);
    });

    it("keeps the audit trail of a removed client, and who deleted it", async () => {
      const key = await makeDeleted();
      const before = await recordOf(bench.database, key.id);

      await purge(AFTER);

      assert.equal(before.length, 3);
      assert.deepEqual(await recordOf(bench.database, key.id), before);
      await assert.rejects(restoreClient(bench.by("ana", AFTER), key, { name: undefined, managedBy: undefined }), {
        code: "client_not_found",
        message: `there is no client ${key.id} in web; it was deleted by ben at ${NOON}, and the 30 days in which it could be restored are over`,
      });
    });

    it("leaves the client that has the name and the owner now", async () => {
      await makeDeleted();
      const heir = await bench.make({ name: "CRM", managedBy: "acme/CRM" });

      await purge(AFTER);

      const { name, managedBy } = await bench.database.db.selectFrom("clients").selectAll().executeTakeFirstOrThrow();
      assert.deepEqual([name, managedBy, await idsOf("clients")], ["CRM", "acme/CRM", [heir.client.id]]);
    });

    it("takes several batches for a client with many credentials, and for many clients", async () => {
      const { id } = await makeDeleted();
      await sql`insert into credentials (id, client, kind, version, secret_hash, created_by, created_time, revoked_time)
        select 'xpk_' || version, ${id}, 'secret', version, version::text::bytea, 'ana', now(), now()
        from generate_series(2, 6001) as version`.execute(bench.database.db);
      await sql`insert into clients
          (id, project, name, secret_version, revision, created_by, created_time, updated_by, updated_time, deleted_time)
        select 'xpc_' || n, 'web', 'client ' || n, 0, 1, 'ana', now(), 'ana', now(), ${new Date(NOON)}
        from generate_series(1, 1200) as n`.execute(bench.database.db);

      const removed = await purge(AFTER);

      assert.deepEqual(removed, { clients: 1_201, grants: 1, credentials: 6_001 });
    });

    it("takes several batches for clients whose use was counted for long", async () => {
      const { id } = await makeDeleted();
      await sql`insert into use_spans (client, permission, span, start_time, used, refused)
        select ${id}, 'list:profile', 'day', now() - n * interval '1 day', 1, 0
        from generate_series(1, 6001) as n`.execute(bench.database.db);

      const first = await removeClients(bench.database.db, new Date(AFTER));
      const removed = await purge(AFTER);

      assert.deepEqual(first, { removed: { useDays: 5_000, credentials: 1 }, more: true });
      assert.deepEqual(removed, { clients: 1, grants: 1, useDays: 1_001 });
    });

    it("ends after the batch that runs when the backend stops", async () => {
      await makeDeleted();

      assert.deepEqual(await purge(AFTER, { signal: AbortSignal.abort() }), {});
      assert.equal((await idsOf("clients")).length, 1);
    });

    it("goes on with the other kinds when one cannot be removed, and says which", async () => {
      const key = await makeDeleted();
      await insertRevokedToken(bench.database.db, { jti: "old", client: key.id, expiresTime: new Date(NOON) });
      await sql`alter table revoked_tokens rename column expires_time to moved`.execute(bench.database.db);
      const failures: [kind: string, message: string][] = [];
      const failed = (kind: string, error: unknown) => failures.push([kind, String(error)]);

      const removed = await purge(AFTER, { failed });
      await sql`alter table revoked_tokens rename column moved to expires_time`.execute(bench.database.db);

      assert.equal(failures.length, 1);
      assert.match(String(failures[0]), /^revokedTokens,error: column "expires_time" does not exist/);
      assert.deepEqual(removed, { clients: 1, grants: 1, credentials: 1 });
      assert.deepEqual(await purge(AFTER), { revokedTokens: 1 });
    });

    it("removes used assertions and revoked tokens an hour after their end", async () => {
      const { db } = bench.database;
      for (const [name, end] of Object.entries({
        old: "2030-05-01T10:59:59.999Z",
        "an hour": "2030-05-01T11:00:00.000Z",
      })) {
        const expiresTime = new Date(end);
        await insertAssertion(db, { client: CLIENT_ID, jtiHash: Buffer.from(name), expiresTime });
        await insertRevokedToken(db, { jti: name, client: CLIENT_ID, expiresTime });
      }

      const removed = await purge(NOON);

      const left = await db.selectFrom("revokedTokens").select("jti").execute();
      await db.deleteFrom("assertions").execute();
      await db.deleteFrom("revokedTokens").execute();
      assert.deepEqual([removed, left], [{ assertions: 1, revokedTokens: 1 }, [{ jti: "an hour" }]]);
    });

    it("removes actors 30 days after they were revoked or expired, and never their names", async () => {
      const root = await makeActor("root", "admin");
      const revoked = await makeActor("revoked", "viewer");
      await makeActor("expired", "viewer", "2030-05-01T12:00:00.000Z");
      const later = await makeActor("later", "viewer", "2030-05-01T12:00:00.001Z");
      await endActor(bench.by(), revoked.id);

      const removed = await purge(AFTER);

      assert.deepEqual(removed, { actors: 2 });
      assert.deepEqual((await idsOf("actors")).sort(), [root.id, later.id].sort());
      await assert.rejects(makeActor("revoked", "viewer"), {
        code: "name_taken",
        message: `the name "revoked" is taken by the actor ${revoked.id}; names of actors are never used again`,
      });
      await assert.rejects(recoverAdmin(bench.database.db, "expired", new Date(AFTER)), { name: "StartFailure" });
      await assert.rejects(
        sql`insert into actors (id, name, role, token_hash, created_by, created_time)
          values ('xpa_1', 'expired', 'viewer', 'hash'::bytea, 'ana', now())`.execute(bench.database.db),
        /the name belongs to an actor of the past/,
      );
    });

    it("keeps the last admin, also an ended one, so that no start makes another", async () => {
      await makeActor("first", "admin", "2030-04-01T00:00:00.000Z");
      await makeActor("second", "admin", "2030-04-02T00:00:00.000Z");

      const removed = await purge(AFTER);
      const ended = await hasAdmin(bench.database.db);
      await makeActor("third", "admin");
      const afterwards = await purge(AFTER);

      assert.deepEqual([removed, ended, afterwards], [{}, true, { actors: 2 }]);
    });
  });
}
