import assert from "node:assert/strict";
import { calculateJwkThumbprint, type JWK } from "jose";
import type { Database } from "../../../backend/src/database/open";
import { SigningKeys } from "../../../backend/src/oauth/signing-keys";
import { listSigningKeys } from "../../../backend/src/store/signing-keys";
import { ENGINES, openTestDatabase } from "../../support/backend/backend";

const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);

for (const engine of ENGINES) {
  describe(`SigningKeys over ${engine}`, function () {
    this.timeout(60_000);
    let database: Database;
    let now: Date;

    const replica = (encryption: Uint8Array | null = null) =>
      new SigningKeys({ db: database.db, key: encryption, now: () => now });
    const kidsOf = async (keys: SigningKeys) => (await keys.jwks()).keys.map(({ kid }) => kid);

    beforeEach(async () => {
      now = new Date("2026-01-01T00:00:00Z");
      database = await openTestDatabase(engine);
    });

    afterEach(() => database.close());

    it("makes one key when several replicas start at once", async () => {
      const replicas = [replica(), replica(), replica(), replica()];

      await Promise.all(replicas.map((each) => each.maintain()));

      const signing = await Promise.all(replicas.map((each) => each.current()));
      assert.equal(new Set(signing.map(({ kid }) => kid)).size, 1);
      assert.equal((await listSigningKeys(database.db)).length, 1);
    });

    it("names a key by its thumbprint and shows only its public part", async () => {
      const keys = replica();
      await keys.maintain();

      const [jwk] = (await keys.jwks()).keys;

      assert.deepEqual(Object.keys(jwk ?? {}).sort(), ["alg", "crv", "kid", "kty", "use", "x", "y"]);
      assert.equal(jwk?.kid, await calculateJwkThumbprint(jwk as JWK));
    });

    it("announces the next key for an hour, signs with it then, and keeps the old one for its last tokens", async () => {
      const keys = replica();
      await keys.maintain();
      const { kid: old } = await keys.current();

      now = new Date("2026-04-01T00:00:00Z");
      await keys.maintain();
      assert.equal((await kidsOf(keys)).length, 2);
      assert.equal((await keys.current()).kid, old);

      now = new Date("2026-04-01T01:00:00Z");
      await keys.maintain();
      assert.equal((await kidsOf(keys)).length, 2);
      assert.notEqual((await keys.current()).kid, old);
      assert.notEqual(await keys.verifier(old), null);

      now = new Date("2026-04-01T02:10:00Z");
      await keys.maintain();
      assert.deepEqual(await kidsOf(keys), [(await keys.current()).kid]);
      assert.equal(await keys.verifier(old), null);
    });

    it("sees within a minute what another replica has made", async () => {
      const [one, other] = [replica(), replica()];
      await one.maintain();
      await other.maintain();
      now = new Date("2026-04-01T00:00:00Z");
      await other.current();
      await one.maintain();

      now = new Date("2026-04-01T00:01:00Z");

      assert.deepEqual(await kidsOf(other), await kidsOf(one));
    });

    it("looks an unknown kid up before it calls it unknown", async () => {
      const [one, other] = [replica(), replica()];
      await one.maintain();
      await other.maintain();
      now = new Date("2026-04-01T00:00:00Z");
      await other.current();
      await one.maintain();
      const [, announced = ""] = await kidsOf(one);

      now = new Date("2026-04-01T00:00:05Z");

      assert.notEqual(await other.verifier(announced ?? ""), null);
    });

    it("stores the private part encrypted under a key", async () => {
      await replica(key).maintain();

      const [row] = await listSigningKeys(database.db);
      assert.equal(row?.encrypted, true);
      assert.doesNotMatch(row?.privateJwk ?? "", /"d"/);
    });

    it("encrypts what was stored before a key was set, and keeps the same key pair", async () => {
      const before = replica();
      await before.maintain();
      const after = replica(key);

      await after.maintain();

      const [row] = await listSigningKeys(database.db);
      assert.equal(row?.encrypted, true);
      assert.equal((await replicaAfterRestart(replica(key))).kid, (await before.current()).kid);
    });

    it("refuses another key in a sentence, and stores nothing under it", async () => {
      await replica(key).maintain();
      now = new Date("2026-06-01T00:00:00Z");

      await assert.rejects(replica(otherKey).maintain(), {
        name: "StartFailure",
        message: /another XTREMEPUSH_ACCESS_KEY/,
      });
      await assert.rejects(replica(null).maintain(), { name: "StartFailure", message: /set XTREMEPUSH_ACCESS_KEY/ });

      assert.equal((await listSigningKeys(database.db)).length, 1);
    });
  });
}

async function replicaAfterRestart(keys: SigningKeys): Promise<{ readonly kid: string }> {
  await keys.maintain();
  return keys.current();
}
