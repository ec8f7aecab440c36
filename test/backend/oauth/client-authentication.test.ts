import assert from "node:assert/strict";
import { makeIdentifier } from "../../../backend/src/identifiers";
import { authenticate } from "../../../backend/src/oauth/client-authentication";
import { hashSecret, makeSecret } from "../../../backend/src/secrets";
import { ENGINES, startTestBackend } from "../../support/backend";
import { interleavedMedians } from "../../support/medians";
import { makeGrantedClient, postForm, tokenForm } from "../../support/oauth";

const client = { id: "xpc_a", project: "retail", permissions: [] };

describe("authenticate", () => {
  it("finds which of two live secrets was presented", () => {
    const secrets = [
      { id: "old", hash: hashSecret("first"), firstUsedTime: null },
      { id: "new", hash: hashSecret("second"), firstUsedTime: null },
    ];

    assert.equal(authenticate({ ...client, secrets }, { clientId: client.id, secret: "second" }).id, "new");
  });

  it("refuses a client that has no secret, an unknown one and a wrong secret in the same words", () => {
    const presented = { clientId: client.id, secret: "guess" };
    const secrets = [{ id: "old", hash: hashSecret("first"), firstUsedTime: null }];
    const refusal = { code: "invalid_client", message: "the client is unknown or its secret is wrong" };

    assert.throws(() => authenticate({ ...client, secrets: [] }, presented), refusal);
    assert.throws(() => authenticate(null, presented), refusal);
    assert.throws(() => authenticate({ ...client, secrets }, presented), refusal);
  });
});

for (const engine of ENGINES) {
  describe(`a refused token request over ${engine}`, function () {
    this.timeout(60_000);

    it("takes as long for an unknown client as for a wrong secret", async () => {
      const backend = await startTestBackend({ engine, limits: { addressTokens: 100_000, clientTokens: 100_000 } });
      const known = await makeGrantedClient(backend, ["list:profile"]);
      const url = `${backend.endpoint}/api/oauth/token`;
      const wrongSecret = tokenForm({ ...known, secret: makeSecret("xpcs") });
      const unknownClient = tokenForm({ ...known, id: makeIdentifier("xpc") });

      const [wrong = 0, unknown = 0] = await interleavedMedians(150, [
        () => postForm(url, wrongSecret),
        () => postForm(url, unknownClient),
      ]);

      await backend.close();
      assert.ok(wrong / unknown > 0.67 && wrong / unknown < 1.5, `${wrong} ms against ${unknown} ms`);
    });
  });
}
