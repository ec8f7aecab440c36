import assert from "node:assert/strict";
import { claimsAt, ISSUER, signJwt } from "../../support/backend/assertions";
import { ENGINES, startTestBackend, type TestBackend } from "../../support/backend/backend";
import { grantForm, makeGrantedClient, makeKeyClient, postForm, tokenForm } from "../../support/backend/oauth";
import { startTraffic } from "../../support/backend/token-traffic";
import { makeKeyPair } from "../../support/sdk/certificates";

for (const engine of ENGINES) {
  describe(`a rotation under traffic over ${engine}`, function () {
    this.timeout(120_000);
    let backend: TestBackend;
    let url: string;
    let now: Date;

    beforeEach(async () => {
      now = new Date("2030-05-01T12:00:00.000Z");
      const limits = { addressTokens: 100_000, clientTokens: 100_000, addressRequests: 100_000 };
      backend = await startTestBackend({ engine, issuer: ISSUER, clock: () => now, limits });
      url = `${backend.endpoint}/api/oauth/token`;
    });

    afterEach(() => backend.close());

    it("refuses no request with the old and the new secret until the overlap ends, and then the old one", async () => {
      const client = await makeGrantedClient(backend, ["list:profile"]);
      const withOld = () => postForm(url, tokenForm(client));
      const oldTraffic = startTraffic(withOld);
      await oldTraffic.answered(20);

      const rotation = { secretVersion: 2, secretOverlap: "24h" };
      const rotated = await client.access.clients.update("retail", client.id, rotation, { ifMatch: 1 });
      const withNew = () => postForm(url, tokenForm({ ...client, secret: rotated.clientSecret ?? "" }));
      const newTraffic = startTraffic(withNew);
      await Promise.all([oldTraffic.answered(40), newTraffic.answered(40)]);
      now = new Date("2030-05-02T11:59:59.999Z");
      await Promise.all([oldTraffic.answered(20), newTraffic.answered(20)]);

      const oldRefusals = await oldTraffic.stop();
      now = new Date("2030-05-02T12:00:00.000Z");
      const late = await withOld();
      await newTraffic.answered(20);
      assert.deepEqual(oldRefusals, []);
      assert.deepEqual(await newTraffic.stop(), []);
      assert.deepEqual([late.status, late.body["error"]], [401, "invalid_client"]);
      const { secrets } = await client.access.clients.get("retail", client.id);
      assert.deepEqual(
        secrets.map(({ version }) => version),
        [2],
      );
    });

    it("refuses no request when the overlap is cut short after the last use of the old secret", async () => {
      const client = await makeGrantedClient(backend, ["list:profile"]);
      const { clients } = client.access;
      const rotated = await clients.update("retail", client.id, { secretVersion: 2 }, { ifMatch: 1 });
      const newTraffic = startTraffic(() =>
        postForm(url, tokenForm({ ...client, secret: rotated.clientSecret ?? "" })),
      );
      await newTraffic.answered(20);

      await clients.update("retail", client.id, { secretOverlap: "0s" }, { ifMatch: 2 });

      const late = await postForm(url, tokenForm(client));
      await newTraffic.answered(20);
      assert.deepEqual(await newTraffic.stop(), []);
      assert.deepEqual([late.status, late.body["error"]], [401, "invalid_client"]);
    });

    it("refuses no request with the old and the new key until the old one is removed", async () => {
      const [current, next] = [await makeKeyPair(), await makeKeyPair()];
      const { access, id } = await makeKeyClient(backend, ["list:profile"], current);
      const ask = (privateKey: string) =>
        postForm(url, grantForm(signJwt({ alg: "ES256" }, claimsAt(now, id), privateKey)));
      const oldTraffic = startTraffic(() => ask(current.privateKey));
      await oldTraffic.answered(20);

      const both = { publicKeys: { current: current.publicKey, next: next.publicKey } };
      await access.clients.update("retail", id, both, { ifMatch: 1 });
      const newTraffic = startTraffic(() => ask(next.privateKey));
      await Promise.all([oldTraffic.answered(40), newTraffic.answered(40)]);
      const oldRefusals = await oldTraffic.stop();
      await access.clients.update("retail", id, { publicKeys: { next: next.publicKey } }, { ifMatch: 2 });

      const late = await ask(current.privateKey);
      await newTraffic.answered(20);
      assert.deepEqual(oldRefusals, []);
      assert.deepEqual(await newTraffic.stop(), []);
      assert.deepEqual([late.status, late.body["error"]], [400, "invalid_grant"]);
    });

    it("refuses no request while a client moves from a secret to a key", async () => {
      const client = await makeGrantedClient(backend, ["list:profile"]);
      const { clients } = client.access;
      const { privateKey, publicKey } = await makeKeyPair();
      const withSecret = startTraffic(() => postForm(url, tokenForm(client)));
      await withSecret.answered(20);

      await clients.update("retail", client.id, { publicKeys: { first: publicKey } }, { ifMatch: 1 });
      const askByKey = () => postForm(url, grantForm(signJwt({ alg: "ES256" }, claimsAt(now, client.id), privateKey)));
      const withKey = startTraffic(askByKey);
      await Promise.all([withSecret.answered(20), withKey.answered(20)]);
      await clients.update("retail", client.id, { secretVersion: 0, secretOverlap: "1h" }, { ifMatch: 2 });
      await Promise.all([withSecret.answered(20), withKey.answered(20)]);

      const refusals = [...(await withSecret.stop()), ...(await withKey.stop())];
      now = new Date("2030-05-01T13:00:00.000Z");
      const late = await postForm(url, tokenForm(client));
      assert.deepEqual(refusals, []);
      assert.deepEqual([late.status, late.body["error"]], [401, "invalid_client"]);
      assert.equal((await askByKey()).status, 200);
    });
  });
}
