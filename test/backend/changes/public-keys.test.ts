import assert from "node:assert/strict";
import { sql } from "kysely";
import { readPublicKey } from "xtremepush-access/keys";
import { changeClient, deleteClient } from "../../../backend/src/changes/clients";
import { restoreClient } from "../../../backend/src/changes/restore";
import { recordFirstUse } from "../../../backend/src/store/client-credentials";
import { findClient } from "../../../backend/src/store/clients";
import { findLiveCredentials } from "../../../backend/src/store/credentials";
import { ENGINES } from "../../support/backend/backend";
import { type ChangeBench, emptyTables, openChangeBench, recordOf } from "../../support/backend/changes";
import { makeCertificate, sharedKeyPair, type TestCertificate } from "../../support/sdk/certificates";

const NOON = "2030-05-01T12:00:00.000Z";

for (const engine of ENGINES) {
  describe(`the public keys of clients on ${engine}`, function () {
    this.timeout(120_000);
    let bench: ChangeBench;
    let rsa: string;
    let ec: string;
    let certificate: TestCertificate;

    before(async () => {
      bench = await openChangeBench(engine);
      rsa = (await sharedKeyPair("RS256")).publicKey;
      ec = (await sharedKeyPair("ES256")).publicKey;
      certificate = await makeCertificate({
        notBefore: new Date("2030-05-01T00:00:00.000Z"),
        notAfter: new Date("2030-05-02T00:00:00.000Z"),
      });
    });
    beforeEach(() => emptyTables(bench));
    after(() => bench.database.close());

    const at = (id: string, revision: number) => ({ key: { project: "web", id }, revision });
    const patch = (expected: ReturnType<typeof at>, publicKeys: Record<string, string>, time = NOON) =>
      changeClient(bench.by("ana", time), expected, { publicKeys });
    const rowsOf = (client: string) =>
      bench.database.db
        .selectFrom("credentials")
        .select(["label", "kind", "version", "secretHash", "revokedTime"])
        .where("client", "=", client)
        .where("kind", "=", "public-key")
        .orderBy("createdTime")
        .orderBy("label")
        .execute();

    it("are kept with what was read from them, and shown by label", async () => {
      const { client, secret } = await bench.make({
        secretVersion: 0,
        publicKeys: { "2030-q2": certificate.certificate },
      });

      const seen = await findClient(
        bench.database.db,
        { project: "web", id: client.id },
        { state: "live", now: new Date(NOON) },
      );

      const { pem, fingerprint } = readPublicKey(certificate.certificate);
      assert.equal(secret, null);
      assert.deepEqual(seen?.credentials, {
        secrets: [],
        publicKeys: [
          {
            label: "2030-q2",
            pem,
            type: "certificate",
            algorithms: ["ES256"],
            fingerprint,
            notBefore: Date.parse("2030-05-01T00:00:00.000Z"),
            notAfter: Date.parse("2030-05-02T00:00:00.000Z"),
          },
        ],
        highestVersion: 0,
      });
      assert.deepEqual(seen?.credentials, client.credentials);
      assert.deepEqual(await rowsOf(client.id), [
        { label: "2030-q2", kind: "public-key", version: 0, secretHash: null, revokedTime: null },
      ]);
    });

    it("are replaced as a set: a label left out is revoked, a label that stays is not touched", async () => {
      const { client } = await bench.make({ publicKeys: { a: rsa, b: ec } });

      const changed = await patch(at(client.id, 1), { b: ec, c: rsa }, "2030-05-01T13:00:00.000Z");

      assert.deepEqual(
        changed.client.credentials.publicKeys.map(({ label }) => label),
        ["b", "c"],
      );
      assert.equal(changed.client.revision, 2);
      assert.deepEqual(
        (await rowsOf(client.id)).map(({ label, revokedTime }) => [label, revokedTime?.toISOString() ?? null]),
        [
          ["a", "2030-05-01T13:00:00.000Z"],
          ["b", null],
          ["c", null],
        ],
      );
      const fingerprint = readPublicKey(rsa).fingerprint;
      const last = (await recordOf(bench.database, client.id)).at(-1);
      assert.deepEqual(
        [last?.action, last?.revision, last?.before, last?.after],
        ["client.update", 2, { publicKeys: { a: fingerprint, c: null } }, { publicKeys: { a: null, c: fingerprint } }],
      );
    });

    it("change under the same label, with the old row revoked", async () => {
      const { client } = await bench.make({ publicKeys: { main: rsa } });

      const changed = await patch(at(client.id, 1), { main: ec });

      assert.deepEqual(
        changed.client.credentials.publicKeys.map(({ algorithms }) => algorithms),
        [["ES256"]],
      );
      assert.equal((await rowsOf(client.id)).length, 2);
    });

    it("are the same when only line ends and margins differ, and then nothing is written", async () => {
      const { client } = await bench.make({ publicKeys: { main: rsa } });

      const same = await patch(at(client.id, 1), { main: `\r\n${rsa.replaceAll("\n", "\r\n")}\r\n` });

      assert.equal(same.client.revision, 1);
      assert.equal((await recordOf(bench.database, client.id)).length, 1);
    });

    it("are all removed by the empty set, and stay when no set is given", async () => {
      const { client } = await bench.make({ publicKeys: { a: rsa, b: ec } });
      const expected = { key: { project: "web", id: client.id }, revision: 1 };

      const renamed = await changeClient(bench.by(), expected, { name: "Billing" });
      const emptied = await patch(at(client.id, 2), {});

      assert.equal(renamed.client.credentials.publicKeys.length, 2);
      assert.deepEqual(emptied.client.credentials.publicKeys, []);
    });

    it("record both ends of a certificate that was renewed for the same key", async () => {
      const renewed = await makeCertificate({
        keyPair: certificate,
        notBefore: new Date("2030-05-01T00:00:00.000Z"),
        notAfter: new Date("2031-05-01T00:00:00.000Z"),
      });
      const { client } = await bench.make({ publicKeys: { main: certificate.certificate } });

      await patch(at(client.id, 1), { main: renewed.certificate });

      const { fingerprint } = readPublicKey(renewed.certificate);
      const last = (await recordOf(bench.database, client.id)).at(-1);
      assert.deepEqual(
        [last?.before, last?.after],
        [
          { publicKeys: { main: fingerprint }, keyExpiry: { main: "2030-05-02T00:00:00.000Z" } },
          { publicKeys: { main: fingerprint }, keyExpiry: { main: "2031-05-01T00:00:00.000Z" } },
        ],
      );
    });

    it("refuse a new certificate that is not valid now, and keep one that has expired since", async () => {
      const { client } = await bench.make({ publicKeys: { main: certificate.certificate } });
      const later = "2030-05-02T00:00:00.000Z";

      const kept = await patch(at(client.id, 1), { main: certificate.certificate, next: ec }, later);

      assert.deepEqual(
        kept.client.credentials.publicKeys.map(({ label }) => label),
        ["main", "next"],
      );
      await assert.rejects(
        patch(at(client.id, 2), { main: certificate.certificate, copy: certificate.certificate }, later),
        {
          code: "validation_failed",
          message: "publicKeys.copy: the certificate expired at 2030-05-02T00:00:00.000Z; use one that is valid now",
        },
      );
      await assert.rejects(
        bench.make(
          { name: "Early", publicKeys: { main: certificate.certificate } },
          bench.by("ana", "2030-04-30T23:59:59.999Z"),
        ),
        {
          message:
            "publicKeys.main: the certificate is not valid before 2030-05-01T00:00:00.000Z; use one that is valid now",
        },
      );
    });

    it("name all wrong labels, and nothing of the input", async () => {
      const { privateKey } = await sharedKeyPair("ES256");
      const { client } = await bench.make();

      await assert.rejects(patch(at(client.id, 1), { a: privateKey, good: ec, b: "hello hello" }), (error: Error) => {
        const { extras } = error as Error & { extras: { errors: { field: string; message: string }[] } };
        assert.deepEqual(
          extras.errors.map(({ field }) => field),
          ["publicKeys.a", "publicKeys.b"],
        );
        const said = JSON.stringify([error.message, extras]);
        assert.match(error.message, /^publicKeys\.a: a private key must never leave its owner.* \(and 1 more\)$/);
        for (const line of privateKey.split("\n").slice(1, -2)) assert.equal(said.includes(line), false);
        assert.equal(said.includes("hello"), false);
        return true;
      });
      assert.deepEqual(await rowsOf(client.id), []);
    });

    it("may have labels that every object has", async () => {
      const { client } = await bench.make({ publicKeys: { constructor: rsa, toString: ec } });

      const changed = await patch(at(client.id, 1), { constructor: rsa });

      assert.deepEqual(
        changed.client.credentials.publicKeys.map(({ label }) => label),
        ["constructor"],
      );
      const last = (await recordOf(bench.database, client.id)).at(-1);
      assert.deepEqual(Object.entries(last?.after?.["publicKeys"] ?? {}), [["toString", null]]);
    });

    it("end with their client, are named in its audit trail, and do not come back when it is restored", async () => {
      const { client } = await bench.make({ publicKeys: { main: ec } });
      const key = { project: "web", id: client.id };

      await deleteClient(bench.by(), { key, revision: 1 });
      const restored = await restoreClient(bench.by(), key, { name: undefined, managedBy: null });

      assert.deepEqual(restored.credentials, { secrets: [], publicKeys: [], highestVersion: 1 });
      const row = (await recordOf(bench.database, client.id)).find(({ action }) => action === "client.delete");
      assert.deepEqual(row?.before?.["publicKeys"], { main: readPublicKey(ec).fingerprint });
      const again = await patch(at(client.id, 2), { main: ec });
      assert.equal(again.client.credentials.publicKeys.length, 1);
    });

    it("are taken over by the owner's next create, which sets what it asks for", async () => {
      await bench.make({ managedBy: "acme/urn", publicKeys: { a: rsa, b: ec } });

      const second = await bench.make({ managedBy: "acme/urn", publicKeys: { b: ec, c: ec } });

      assert.equal(second.takenOver, true);
      assert.equal(second.client.revision, 2);
      assert.deepEqual(
        second.client.credentials.publicKeys.map(({ label }) => label),
        ["b", "c"],
      );
      const third = await bench.make({ managedBy: "acme/urn", publicKeys: { b: ec, c: ec } });
      assert.equal(third.client.revision, 2);
    });

    it("count as used like a secret: the client is not taken over any more", async () => {
      const { client } = await bench.make({ managedBy: "acme/urn", secretVersion: 0, publicKeys: { main: ec } });
      const row = await bench.database.db
        .selectFrom("credentials")
        .select("id")
        .where("client", "=", client.id)
        .executeTakeFirstOrThrow();
      await recordFirstUse(bench.database.db, { client: client.id, credential: row.id, time: new Date(NOON) });

      await assert.rejects(bench.make({ managedBy: "acme/urn", secretVersion: 0, publicKeys: { main: ec } }), {
        code: "owner_conflict",
      });
    });

    it("show the end of a certificate that never ends, wherever the database is", async () => {
      const endless = await makeCertificate({
        notBefore: new Date("2030-05-01T00:00:00.000Z"),
        notAfter: new Date("9999-12-31T23:59:59.000Z"),
      });

      const { client } = await bench.make({ publicKeys: { main: endless.certificate } });

      const inTokyo = await bench.database.db.transaction().execute(async (transaction) => {
        await sql`set local time zone 'Asia/Tokyo'`.execute(transaction);
        return findLiveCredentials(transaction, client.id, new Date(NOON));
      });
      assert.equal(inTokyo.publicKeys[0]?.notAfter, Date.parse("9999-12-31T23:59:59.000Z"));
    });
  });
}
