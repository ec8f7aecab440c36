import assert from "node:assert/strict";
import { createActor, endActor } from "../../../backend/src/changes/actors";
import { hashSecret, makeSecret } from "../../../backend/src/credentials/secrets";
import { findActor, findActorByToken } from "../../../backend/src/store/actors";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench } from "../../support/backend/changes";

for (const engine of ENGINES) {
  describe(`changes of actors on ${engine}`, function () {
    this.timeout(60_000);
    let bench: ChangeBench;

    before(async () => {
      bench = await openChangeBench(engine);
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const makeAdmin = (name: string, expiresTime: Date | null = null, ceiling: readonly string[] | null = null) =>
      createActor(bench.by(), {
        name,
        role: "admin",
        projects: null,
        ownerPrefix: null,
        ceiling,
        expiresTime,
        token: makeSecret("xpat"),
      });

    it("finds an actor by its token and by nothing else", async () => {
      const token = makeSecret("xpat");
      const actor = await createActor(bench.by(), {
        name: "ci",
        role: "editor",
        projects: ["web"],
        ownerPrefix: "team-a/",
        ceiling: ["list:profile"],
        expiresTime: new Date("2031-01-01T00:00:00.000Z"),
        token,
      });

      const found = await findActorByToken(bench.database.db, hashSecret(token));

      assert.deepEqual(found, actor);
      assert.deepEqual([found?.projects, found?.ownerPrefix], [["web"], "team-a/"]);
      assert.equal(await findActorByToken(bench.database.db, hashSecret(makeSecret("xpat"))), null);
    });

    it("refuses a name that an actor has or once had", async () => {
      const actor = await makeAdmin("root");
      await makeAdmin("other");
      await endActor(bench.by(), actor.id);

      await assert.rejects(makeAdmin("root"), { code: "name_taken" });
    });

    it("revokes an actor once and changes nothing the second time", async () => {
      const actor = await makeAdmin("root");
      await makeAdmin("other");
      await endActor(bench.by("ana", "2030-06-01T00:00:00.000Z"), actor.id);

      await endActor(bench.by("ana", "2030-07-01T00:00:00.000Z"), actor.id);

      const found = await findActor(bench.database.db, actor.id);
      assert.deepEqual(found?.revokedTime, new Date("2030-06-01T00:00:00.000Z"));
      const record = await bench.database.db
        .selectFrom("audit")
        .select("action")
        .where("targetId", "=", actor.id)
        .orderBy("id")
        .execute();
      assert.deepEqual(record, [{ action: "actor.create" }, { action: "actor.revoke" }]);
    });

    it("keeps the last admin that can still call", async () => {
      const last = await makeAdmin("root");
      await makeAdmin("ended", new Date("2030-01-01T00:00:00.000Z"));

      await assert.rejects(endActor(bench.by(), last.id), { code: "last_admin" });
    });

    it("keeps the last admin without a ceiling, because no other one makes any", async () => {
      const root = await makeAdmin("root");
      const bounded = await makeAdmin("bounded", null, ["list:profile"]);

      await assert.rejects(endActor(bench.by(), root.id), {
        code: "last_admin",
        message: /last admin without a ceiling/,
      });
      await endActor(bench.by(), bounded.id);
    });

    it("keeps one of several admins that are revoked at once", async () => {
      const admins = await Promise.all(["a", "b", "c", "d", "e", "f"].map((name) => makeAdmin(name)));

      const results = await Promise.allSettled(admins.map(({ id }) => endActor(bench.by(), id)));

      const codes = results.map((result) => (result.status === "fulfilled" ? "revoked" : result.reason.code)).sort();
      assert.deepEqual(codes, ["last_admin", "revoked", "revoked", "revoked", "revoked", "revoked"]);
    });

    it("does not find an actor by another id", async () => {
      await assert.rejects(endActor(bench.by(), "xpa_nobody"), { code: "actor_not_found" });
    });
  });
}
