import assert from "node:assert/strict";
import { makeIdentifier } from "../../../backend/src/credentials/identifiers";
import { hashSecret, makeSecret } from "../../../backend/src/credentials/secrets";
import { verifySecret } from "../../../backend/src/oauth/client-secret";
import { claimsAt, signJwt } from "../../support/backend/assertions";
import { ENGINES, listenOn, startTestBackend } from "../../support/backend/backend";
import { grantForm, makeGrantedClient, makeKeyClient, postForm, tokenForm } from "../../support/backend/oauth";
import { recordStatements } from "../../support/backend/statements";
import { makeKeyPair } from "../../support/sdk/certificates";

const client = {
  id: "xpc_a",
  project: "retail",
  revision: 1,
  permissions: [],
  publicKeys: [],
  assertionUsed: false,
  tokenEnded: false,
};

describe("the check of a client's secret", () => {
  it("finds which of two live secrets was presented", () => {
    const secrets = [
      { id: "old", hash: hashSecret("first"), firstUsedTime: null },
      { id: "new", hash: hashSecret("second"), firstUsedTime: null },
    ];

    assert.equal(verifySecret({ ...client, secrets }, { clientId: client.id, secret: "second" }).id, "new");
  });

  it("refuses a client that has no secret, an unknown one and a wrong secret in the same words", () => {
    const presented = { clientId: client.id, secret: "guess" };
    const secrets = [{ id: "old", hash: hashSecret("first"), firstUsedTime: null }];
    const refusal = { code: "invalid_client", message: "the client is unknown or its secret is wrong" };

    assert.throws(() => verifySecret({ ...client, secrets: [] }, presented), refusal);
    assert.throws(() => verifySecret(null, presented), refusal);
    assert.throws(() => verifySecret({ ...client, secrets }, presented), refusal);
  });
});

for (const engine of ENGINES) {
  describe(`a refused token request over ${engine}`, function () {
    this.timeout(60_000);

    it("does the same work in the database for an unknown client as for a wrong secret or signature", async () => {
      const backend = await startTestBackend({ engine });
      const { db, statements } = recordStatements(backend.database.db);
      const recorded = await listenOn({ ...backend.database, db }, { issuer: "https://access.example.com" });
      const url = `${recorded.endpoint}/api/oauth/token`;
      const known = await makeGrantedClient(backend, ["list:profile"]);
      const keyed = await makeKeyClient(backend, ["list:profile"]);
      const other = await makeKeyPair();
      statements.splice(0);

      await postForm(url, tokenForm({ ...known, secret: makeSecret("xpcs") }));
      const forWrongSecret = statements.splice(0);
      await postForm(url, tokenForm({ ...known, id: makeIdentifier("xpc") }));
      const forUnknownClient = statements.splice(0);
      await postForm(url, grantForm(signJwt({ alg: "ES256" }, claimsAt(new Date(), keyed.id), other.privateKey)));
      const forWrongSignature = statements.splice(0);
      const unknown = claimsAt(new Date(), makeIdentifier("xpc"));
      await postForm(url, grantForm(signJwt({ alg: "ES256" }, unknown, other.privateKey)));
      const forUnknownSigner = statements.splice(0);

      await recorded.close();
      await backend.close();
      assert.deepEqual(forWrongSecret, [{ kind: "RawNode", rows: 1 }]);
      assert.deepEqual(forUnknownClient, forWrongSecret);
      assert.deepEqual(forWrongSignature, forWrongSecret);
      assert.deepEqual(forUnknownSigner, forWrongSecret);
    });
  });
}
