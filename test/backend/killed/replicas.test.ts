import assert from "node:assert/strict";
import { randomInt } from "node:crypto";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { AccessClient } from "xtremepush-access";
import { makeSecret } from "../../../backend/src/credentials/secrets";
import { openDatabase } from "../../../backend/src/database/open";
import { type BackendProcess, killBackendProcesses, startBackendProcess } from "../../support/backend/command-line";
import { makePostgresDatabase } from "../../support/backend/postgres";
import { assertWhole, WriteLoad } from "../../support/backend/write-load";

const ISSUER = "https://access.example.com";

for (const count of [2, 3]) {
  describe(`${count} replicas on one PostgreSQL`, function () {
    this.timeout(120_000);
    const adminToken = makeSecret("xpat");
    const replicas: BackendProcess[] = [];
    let url: string;

    before(async () => {
      ({ url } = await makePostgresDatabase());
      replicas.push(...(await Promise.all(Array.from({ length: count }, () => start()))));
    });
    after(killBackendProcesses);

    const start = (...args: readonly string[]) =>
      startBackendProcess(args, {
        env: {
          DATABASE_URL: url,
          XTREMEPUSH_ACCESS_ADMIN_TOKEN: adminToken,
          XTREMEPUSH_ACCESS_ISSUER: ISSUER,
          XTREMEPUSH_ACCESS_REQUEST_LIMIT: "1000000",
          XTREMEPUSH_ACCESS_TOKEN_LIMIT: "1000000",
        },
      });
    const accesses = () => replicas.map(({ endpoint }) => new AccessClient({ endpoint, token: adminToken }));

    /** Asks each replica for a token and each, also the same one, what it thinks of it. */
    async function assertTokensTravel(credentials: { clientId: string; clientSecret: string }) {
      const tokens = await Promise.all(accesses().map(({ oauth }) => oauth.token(credentials)));
      for (const { access_token: token } of tokens) await assertValid(token);
      return tokens.map(({ access_token: token }) => token);
    }

    async function assertValid(token: string) {
      for (const { endpoint } of replicas) {
        const keys = createRemoteJWKSet(new URL(`${endpoint}/.well-known/jwks.json`));
        const { payload } = await jwtVerify(token, keys, { issuer: ISSUER });
        assert.equal(payload["scope"], "list:profile");
      }
      for (const { oauth } of accesses()) assert.equal((await oauth.introspect(token)).active, true);
    }

    it("give one client to an owner whose creates reach all of them at once", async () => {
      const [first, ...others] = accesses();
      assert.ok(first && others.length === count - 1);
      await first.projects.create({ slug: "at-once" });
      const owners = Array.from({ length: 30 }, (_, index) => ({
        name: `Client ${index}`,
        managedBy: `owner/${index}`,
      }));

      const answers = await Promise.all(
        owners.map((owner) => Promise.all([first, ...others].map(({ clients }) => clients.create("at-once", owner)))),
      );

      const { items } = await first.clients.list("at-once", { limit: 1_000 });
      const record = await first.audit.ofProject("at-once", { limit: 1_000 });
      const made = answers.map((ofOwner) => new Set(ofOwner.map(({ id }) => id)));
      assert.deepEqual([...new Set(made.map(({ size }) => size))], [1]);
      assert.deepEqual(items.map(({ id }) => id).toSorted(), made.flatMap((ids) => [...ids]).toSorted());
      const actions = record.items.map(({ action }) => action);
      assert.equal(actions.filter((action) => action === "client.create").length, 30);
      assert.equal(actions.filter((action) => action === "client.take-over").length, 30 * (count - 1));
      for (const ofOwner of answers) assert.equal(ofOwner.filter(({ takenOver }) => !takenOver).length, 1);
    });

    it("lose and duplicate nothing when one is killed and starts again, and trust each other's tokens", async () => {
      const [killed] = replicas;
      assert.ok(killed);
      const load = new WriteLoad(adminToken);
      await load.prepare(killed.endpoint);
      const [access] = accesses();
      await access?.projects.create({ slug: "tokens" });
      const { id, clientSecret } = (await access?.clients.create("tokens", { name: "CRM" })) ?? {};
      const credentials = { clientId: id ?? "", clientSecret: clientSecret ?? "" };
      await access?.grants.put("tokens", credentials.clientId, { permissions: ["list:profile"] }, { ifMatch: 0 });
      const before = await assertTokensTravel(credentials);

      const running = load.runThrough(replicas.map(({ endpoint }) => endpoint));
      await load.acknowledges(randomInt(50, 150));
      await killed.stop("SIGKILL");
      await load.acknowledges(50);
      replicas[0] = await start("--port", new URL(killed.endpoint).port);
      await load.acknowledges(100);
      load.end();
      await running;

      for (const { endpoint } of replicas) await load.assertKept(endpoint);
      await load.assertSecretsWork(replicas[0].endpoint);
      for (const token of before) await assertValid(token);
      await assertTokensTravel(credentials);
      for (const replica of replicas) assert.equal(await replica.stop("SIGTERM"), 0);
      const database = await openDatabase({ url });
      await assertWhole(database);
      await database.close();
    });
  });
}
