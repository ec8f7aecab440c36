import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import type { AccessChange } from "xtremepush-access/schemas";
import { drain } from "../../../../backend/src/http/stopping";
import { insertRevokedToken } from "../../../../backend/src/store/access-tokens";
import { raiseEpoch } from "../../../../backend/src/store/backend";
import { assertProblem, callerOf } from "../../../support/backend/api";
import { ENGINES, listenOn, startTestBackend, type TestBackend } from "../../../support/backend/backend";
import { dumpDatabase, restoreDatabase } from "../../../support/backend/dump";
import { basicAuthorization, type GrantedClient, makeGrantedClient, postForm } from "../../../support/backend/oauth";

const NOW = "2030-01-01T00:00:00.000Z";

for (const engine of ENGINES) {
  describe(`the access feed over ${engine}`, function () {
    this.timeout(60_000);
    let backend: TestBackend;
    let client: GrantedClient;
    let admin: AccessClient;
    let gateway: AccessClient;
    let token: string;

    const sequence = async () => (await gateway.feed.page({ limit: 1 })).sequence;
    const changesAfter = async (after: string) => (await gateway.feed.changes({ after })).changes;
    const issue = async ({ id, secret }: GrantedClient) =>
      (await admin.oauth.token({ clientId: id, clientSecret: secret })).access_token;
    const revoke = (accessToken: string, { id, secret }: GrantedClient) =>
      postForm(
        `${backend.endpoint}/api/oauth/revoke`,
        new URLSearchParams({ token: accessToken }).toString(),
        basicAuthorization(id, secret),
      );
    const make = () => makeGrantedClient(backend, ["list:profile"]);

    before(async () => {
      backend = await startTestBackend({ engine });
      client = await make();
      admin = client.access;
      await admin.projects.create({ slug: "bets" });
      token = await backend.makeActor("gateway", ["retail"], { name: "edge" });
      gateway = new AccessClient({ endpoint: backend.endpoint, token });
    });
    after(() => backend.close());

    it("shows what each client may do, and where its tokens come from", async () => {
      const page = await gateway.feed.page();

      const { id, epoch } = await admin.backend.get();
      assert.deepEqual(page.clients[0], {
        ...{ clientId: client.id, name: "client 1", project: "retail", revision: 1, validFromRevision: 0 },
        ...{ permissions: ["list:profile"], deleted: false },
      });
      assert.deepEqual([page.version, page.backend, page.issuer], [1, { id, epoch }, "http://127.0.0.1"]);
      assert.deepEqual(page.signingKeys, await admin.oauth.keys());
    });

    it("shows all clients and revoked tokens over pages with the sequence of the first", async () => {
      const { db } = backend.database;
      const [first] = [await make(), await make(), await make()];
      const expiresTime = new Date(Date.now() + 600_000);
      for (const jti of ["t1", "t2", "t3"]) await insertRevokedToken(db, { jti, client: client.id, expiresTime });
      await insertRevokedToken(db, { jti: "t4", client: client.id, expiresTime: new Date(Date.now() - 1) });
      const start = await gateway.feed.page({ limit: 2 });
      await admin.grants.put("retail", first.id, { permissions: [] }, { ifMatch: 1 });

      const pages = [start];
      for (let { nextCursor } = start; nextCursor !== null; ) {
        const page = await gateway.feed.page({ limit: 2, cursor: nextCursor });
        pages.push(page);
        ({ nextCursor } = page);
      }

      const { items } = await admin.clients.list("retail", { limit: 1_000 });
      const clients = pages.flatMap((page) => page.clients);
      assert.deepEqual(
        clients.map(({ clientId }) => clientId),
        items.map(({ id }) => id),
      );
      assert.deepEqual(
        pages.flatMap((page) => page.revokedTokens.map(({ jti }) => jti)),
        ["t1", "t2", "t3"],
      );
      assert.deepEqual(new Set(pages.map((page) => page.sequence)), new Set([start.sequence]));
      assert.deepEqual(idsOf(await changesAfter(start.sequence)), [first.id]);
      await db.deleteFrom("revokedTokens").execute();
    });

    it("lists each kind of change, as the client is now", async () => {
      const { id } = await make();
      const key = ["retail", id] as const;
      const { name } = await admin.clients.get(...key);
      const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
        ["grant", () => admin.grants.put(...key, { permissions: ["list:segment"] }, { ifMatch: 1 })],
        ["rename", () => admin.clients.update(...key, { name: "renamed" }, { ifMatch: 1 })],
        ["secret", () => admin.clients.update(...key, { secretVersion: 0 }, { ifMatch: 2 })],
        ["delete", () => admin.clients.delete(...key, { ifMatch: 3 })],
        ["restore", () => admin.clients.restore(...key)],
      ];
      const found: Record<string, AccessChange[]> = {};

      for (const [what, step] of steps) {
        const before = await sequence();
        await step();
        found[what] = await changesAfter(before);
      }

      const entry = { clientId: id, project: "retail", permissions: ["list:segment"], deleted: false };
      assert.deepEqual(found, {
        grant: [{ ...entry, name, revision: 1, validFromRevision: 0 }],
        rename: [{ ...entry, name: "renamed", revision: 2, validFromRevision: 0 }],
        secret: [{ ...entry, name: "renamed", revision: 3, validFromRevision: 0 }],
        delete: [{ clientId: id, project: "retail", deleted: true }],
        restore: [{ ...entry, name: "renamed", revision: 4, validFromRevision: 4 }],
      });
    });

    it("lists a revoked token, once", async () => {
      const accessToken = await issue(client);
      const before = await sequence();

      await revoke(accessToken, client);
      await revoke(accessToken, client);

      const { jti, exp } = claimsOf(accessToken);
      const expected = [{ revokedToken: { jti, expires: new Date(exp * 1_000).toISOString() } }];
      assert.deepEqual(await changesAfter(before), expected);
      assert.deepEqual((await gateway.feed.page()).revokedTokens, [expected[0]?.revokedToken]);
    });

    it("ends the tokens that introspection ends at a restore, and no later one", async () => {
      const restored = await make();
      const key = ["retail", restored.id] as const;
      const early = await issue(restored);
      await admin.clients.delete(...key, { ifMatch: 1 });
      await admin.clients.restore(...key);
      const { clientSecret } = await admin.clients.update(...key, { secretVersion: 2 }, { ifMatch: 2 });
      const late = await issue({ ...restored, secret: clientSecret ?? "" });

      const page = await gateway.feed.page({ limit: 1_000 });

      const entry = page.clients.find(({ clientId }) => clientId === restored.id);
      const decided = [early, late].map((one) => claimsOf(one).xtremepush_revision >= (entry?.validFromRevision ?? 0));
      const introspected = await Promise.all(
        [early, late].map(async (one) => (await admin.oauth.introspect(one)).active),
      );
      assert.deepEqual(decided, [false, true]);
      assert.deepEqual(introspected, decided);
    });

    it("says nothing when a client is used, or a write changes nothing", async () => {
      const before = await sequence();

      await issue(client);
      await admin.grants.put("retail", client.id, { permissions: ["list:profile"] }, { ifMatch: 1 });

      assert.deepEqual(await changesAfter(before), []);
    });

    it("lists a client once that changed several times", async () => {
      const before = await sequence();

      const made = await make();

      assert.deepEqual(idsOf(await changesAfter(before)), [made.id]);
    });

    it("says that there is more than fits into an answer", async () => {
      const start = await sequence();
      const { db } = backend.database;
      const expiresTime = new Date(Date.now() + 600_000);
      const tokens = Array.from({ length: 501 }, (_, number) => ({
        jti: `m${number}`,
        client: client.id,
        expiresTime,
      }));
      await db.insertInto("revokedTokens").values(tokens).execute();

      const first = await gateway.feed.changes({ after: start });
      const second = await gateway.feed.changes({ after: first.sequence });
      const third = await gateway.feed.changes({ after: second.sequence });

      assert.deepEqual(
        [first, second, third].map(({ changes, more }) => [changes.length, more]),
        [
          [500, true],
          [1, false],
          [0, false],
        ],
      );
      await db.deleteFrom("revokedTokens").execute();
    });

    it("answers a wait at the change, and without one at its end", async () => {
      const after = await sequence();
      const waiting = gateway.feed.changes({ after, wait: 25 });
      const started = performance.now();
      await wait(50);
      const made = await make();

      const changed = await waiting;
      const took = performance.now() - started;
      const none = await gateway.feed.changes({ after: await sequence(), wait: 1 });

      assert.deepEqual(idsOf(changed.changes), [made.id]);
      assert.ok(took < 10_000, `${took} ms`);
      assert.deepEqual([none.changes, none.reset], [[], false]);
    });

    it("goes on over changes of other projects, of which a gateway learns nothing", async () => {
      const before = await sequence();
      await admin.clients.create("bets", { name: "hidden" });

      const seen = await gateway.feed.changes({ after: before });
      const all = await admin.feed.changes({ after: before });
      const one = await admin.feed.changes({ after: before, project: "retail" });

      assert.deepEqual([seen.changes, one.changes, all.changes.length], [[], [], 1]);
      assert.notEqual(seen.sequence, before);
      assert.equal(
        (await gateway.feed.page({ limit: 1_000 })).clients.some(({ name }) => name === "hidden"),
        false,
      );
      assert.deepEqual(
        (await admin.feed.page({ project: "bets" })).clients.map(({ name }) => name),
        ["hidden"],
      );
      await assert.rejects(gateway.feed.page({ project: "bets" }), { code: "project_not_found" });
      await assert.rejects(admin.feed.page({ project: "nowhere" }), { code: "project_not_found" });
    });

    it("refuses a cursor with another position in it", async () => {
      const { nextCursor } = await gateway.feed.page({ limit: 1 });
      const [fingerprint, sequence] = JSON.parse(Buffer.from(nextCursor ?? "", "base64url").toString());
      const positions = [[], ["1"], [sequence, "\0"], [sequence, "\0", NOW, client.id], [sequence, "retail", "1", "2"]];
      const cursors = positions.map((position) =>
        Buffer.from(JSON.stringify([fingerprint, ...position])).toString("base64url"),
      );

      for (const cursor of cursors) await assert.rejects(gateway.feed.page({ cursor }), { code: "validation_failed" });
    });

    it("asks for a new snapshot after a sequence that the database does not have", async () => {
      const before = await sequence();
      const [epoch, number, tag] = before.split(".");
      await make();

      const unknown = ["1", `${epoch}.${number}.00000000`, `${epoch}.999999.${tag}`, `9${epoch}.${number}.${tag}`];
      const answers = await Promise.all(unknown.map((after) => gateway.feed.changes({ after, wait: 25 })));

      assert.deepEqual(
        answers.map(({ reset, changes }) => [reset, changes]),
        unknown.map(() => [true, []]),
      );
      assert.deepEqual(new Set(answers.map((answer) => answer.sequence)), new Set([await sequence()]));
    });

    it("asks for a new snapshot after a restore, announced or not, also when as many changes came since", async () => {
      const dump = await dumpDatabase(backend.database);
      await make();
      const lost = await sequence();
      await restoreDatabase(backend.database, dump);
      await make();
      const again = await sequence();

      const unannounced = await gateway.feed.changes({ after: lost });
      await raiseEpoch(backend.database.db, new Date());
      const announced = await gateway.feed.changes({ after: again });

      assert.deepEqual([lost.split(".")[1], unannounced.reset], [again.split(".")[1], true]);
      assert.equal(announced.reset, true);
    });

    it("is all that a gateway may read", async () => {
      const call = callerOf(backend.endpoint, token);
      const refused = ["/v1/projects", "/v1/projects/retail/clients", `/v1/projects/retail/clients/${client.id}`];

      for (const path of [...refused, "/v1/projects/retail/audit", "/v1/permissions", "/metrics"]) {
        assertProblem(await call(`GET ${path}`), "forbidden");
      }
      assertProblem(await call("POST /v1/projects/retail/clients", { body: { name: "mine" } }), "forbidden");
      assert.equal((await gateway.actors.own()).role, "gateway");
      await gateway.backend.get();
    });

    it("says nothing to a gateway whose token has ended while it waited", async () => {
      const name = "ended";
      const ended = new AccessClient({
        endpoint: backend.endpoint,
        token: await backend.makeActor("gateway", ["retail"], { name }),
      });
      const { id } = await ended.actors.own();
      const waiting = ended.feed.changes({ after: await sequence(), wait: 25 });
      const refused = assert.rejects(waiting, { code: "unauthenticated" });
      await wait(50);

      await admin.actors.revoke(id);
      await make();

      await refused;
    });

    it("lets a stop end the waits", async () => {
      const { app, endpoint, close } = await listenOn(backend.database);
      const access = new AccessClient({ endpoint, token });
      const waiting = access.feed.changes({ after: await sequence(), wait: 25 });
      await wait(50);
      const started = performance.now();

      await drain(app, 20_000);

      assert.deepEqual((await waiting).changes, []);
      assert.ok(performance.now() - started < 15_000);
      await close();
    });
  });
}

function idsOf(changes: readonly AccessChange[]): string[] {
  return changes.map((change) => String("clientId" in change ? change.clientId : "a token"));
}

function claimsOf(accessToken: string) {
  return JSON.parse(Buffer.from(accessToken.split(".")[1] ?? "", "base64url").toString());
}
