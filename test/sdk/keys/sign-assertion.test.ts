import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { jwtVerify } from "jose";
import { signAssertion } from "xtremepush-access/keys";
import { ASSERTION_ALGORITHMS } from "xtremepush-access/schemas";
import { CLIENT_ID } from "../../support/backend/management-answers";
import { makeKeyPair, sharedKeyPair, type TestKeyPair } from "../../support/sdk/certificates";
import { reachableTexts } from "../../support/sdk/reachable-texts";

const AUDIENCE = "https://access.example.com";

describe("signAssertion", () => {
  let pair: TestKeyPair;

  const sign = (more: Partial<Parameters<typeof signAssertion>[0]> = {}) =>
    signAssertion({ clientId: CLIENT_ID, privateKey: pair.privateKey, audience: AUDIENCE, ...more });
  const read = (assertion: string, { publicKey } = pair) => jwtVerify(assertion, createPublicKey(publicKey));

  before(async () => {
    pair = await makeKeyPair();
  });

  it("says who asks, for whom it is and how long it counts", async () => {
    const { payload, protectedHeader } = await read(sign());

    assert.deepEqual(protectedHeader, { alg: "ES256", typ: "JWT" });
    assert.deepEqual([payload.iss, payload.sub, payload.aud], [CLIENT_ID, CLIENT_ID, AUDIENCE]);
    assert.ok(Math.abs(Date.now() / 1_000 - (payload.iat ?? 0)) < 30);
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 60);
    assert.match(payload.jti ?? "", /^[0-9a-f-]{36}$/);
  });

  it("gives each a jti of its own", async () => {
    const [one, other] = [await read(sign()), await read(sign())];

    assert.notEqual(one.payload.jti, other.payload.jti);
  });

  it("names the key and lasts as long as it is told", async () => {
    const { payload, protectedHeader } = await read(sign({ keyId: "2026-q4", lifetimeSeconds: 600 }));

    assert.equal(protectedHeader.kid, "2026-q4");
    assert.equal((payload.exp ?? 0) - (payload.iat ?? 0), 600);
  });

  for (const algorithm of ASSERTION_ALGORITHMS) {
    it(`signs with ${algorithm}`, async () => {
      const shared = await sharedKeyPair(algorithm);

      const { protectedHeader } = await read(sign({ privateKey: shared.privateKey, algorithm }), shared);

      assert.equal(protectedHeader.alg, algorithm);
    });
  }

  it("signs with RS256 by a long RSA key, unless it is told another", async () => {
    const long = await sharedKeyPair("RS384");

    const { protectedHeader } = await read(sign({ privateKey: long.privateKey }), long);

    assert.equal(protectedHeader.alg, "RS256");
  });

  it("takes a key that node has read, and the older forms of PEM", async () => {
    const key = createPrivateKey(pair.privateKey);
    const sec1 = key.export({ type: "sec1", format: "pem" }).toString();

    assert.ok(await read(sign({ privateKey: key })));
    assert.ok(await read(sign({ privateKey: sec1 })));
  });

  it("refuses an algorithm that the key does not allow", async () => {
    const { privateKey } = await sharedKeyPair("RS256");

    assert.throws(() => sign({ privateKey, algorithm: "RS384" }), {
      name: "ValidationError",
      message: "signAssertion: algorithm: the key does not allow RS384: it allows RS256",
    });
  });

  it("refuses a key of another kind or too short", () => {
    const ed = generateKeyPairSync("ed25519").privateKey;
    const short = generateKeyPairSync("rsa", { modulusLength: 1_024 }).privateKey;

    assert.throws(() => sign({ privateKey: ed }), { name: "PublicKeyError", message: /type ed25519 is not supported/ });
    assert.throws(() => sign({ privateKey: short }), { name: "PublicKeyError", message: /1024 bits/ });
  });

  it("refuses what is no private key, without repeating it", () => {
    const locked = createPrivateKey(pair.privateKey)
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "x" })
      .toString();
    const cut = pair.privateKey.slice(0, 90);
    const wrong = ["", "key", cut, locked, pair.publicKey, createPublicKey(pair.publicKey)];

    for (const privateKey of wrong) {
      assert.throws(
        () => sign({ privateKey }),
        (error: Error) => {
          assert.equal(error.name, "ValidationError");
          assert.match(error.message, /^signAssertion: privateKey: it cannot be read/);
          return !reachableTexts(error).includes(cut.slice(30, 80));
        },
      );
    }
  });

  it("refuses a client, an audience, a key's name or a life that cannot be", () => {
    const wrong = [
      { clientId: "crm" },
      { audience: "" },
      { keyId: "" },
      { lifetimeSeconds: 0 },
      { lifetimeSeconds: 601 },
      { lifetimeSeconds: 1.5 },
    ];

    for (const more of wrong) assert.throws(() => sign(more), { name: "ValidationError" });
  });
});
