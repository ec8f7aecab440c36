import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { UNKNOWN } from "pulumi-xtremepush/protocol";
import { checkKeys } from "../../../../provider/src/dynamic/api-client/public-keys";
import { makeCertificate, makeKeyPair, type TestKeyPair } from "../../../support/sdk/certificates";

const NOW = new Date("2026-06-01T00:00:00Z");
const certificateOf = async (notBefore: Date, notAfter: Date) =>
  (await makeCertificate({ notBefore, notAfter })).certificate;
const check = (given: unknown, before: unknown = undefined, now = NOW) => checkKeys({ given, before, now });

describe("the check of public keys", () => {
  let pair: TestKeyPair;
  before(async () => {
    pair = await makeKeyPair();
  });

  it("gives each key the form in which it is stored", () => {
    const untidy = pair.publicKey.replaceAll("\n", "\r\n").trim();

    assert.deepEqual(check({ "2026-q4": untidy }), { keys: { "2026-q4": pair.publicKey }, reasons: [], expired: [] });
  });

  it("lets values pass that are not known yet, all or single ones", () => {
    assert.deepEqual(check(UNKNOWN).keys, UNKNOWN);
    assert.deepEqual(check({ a: UNKNOWN, b: pair.publicKey }), {
      keys: { a: UNKNOWN, b: pair.publicKey },
      reasons: [],
      expired: [],
    });
  });

  it("takes no keys and an empty map for the same", () => {
    for (const none of [undefined, null, {}]) assert.equal(check(none).keys, undefined);
  });

  it("refuses a private key without repeating any of it, wherever it was pasted", () => {
    const { publicKey, privateKey } = pair;
    const body = privateKey.split("\n")[1] ?? "";
    for (const given of [
      { a: privateKey },
      privateKey,
      { [privateKey]: publicKey },
      { a: `${publicKey}${privateKey}` },
    ]) {
      const { reasons } = check(given);

      assert.equal(reasons.length, 1);
      assert.ok(!reasons.join().includes(body) && !reasons.join().includes("BEGIN PRIVATE"));
    }
    assert.match(check({ a: privateKey }).reasons[0] ?? "", /^publicKeys\.a: a private key must never leave its owner/);
  });

  it("refuses a certificate that has expired, or is not valid yet, when it is new", async () => {
    const old = await certificateOf(new Date("2025-01-01"), new Date("2025-02-01"));
    const early = await certificateOf(new Date("2027-01-01"), new Date("2027-02-01"));

    assert.deepEqual(check({ a: old, b: early }).reasons, [
      "publicKeys.a: the certificate expired at 2025-02-01T00:00:00.000Z; use one that is valid now",
      "publicKeys.b: the certificate is not valid before 2027-01-01T00:00:00.000Z; use one that is valid now",
    ]);
  });

  it("leaves a certificate that has expired since it was given, and reports it", async () => {
    const certificate = await certificateOf(new Date("2026-01-01"), new Date("2026-02-01"));
    const { keys } = check({ a: certificate }, undefined, new Date("2026-01-02"));

    const { reasons, expired } = check({ a: certificate }, keys);

    assert.deepEqual(reasons, []);
    assert.deepEqual(expired, [
      "the certificate publicKeys.a expired at 2026-02-01T00:00:00.000Z and is refused until you replace it",
    ]);
  });

  it("refuses an expired certificate under another label than before", async () => {
    const certificate = await certificateOf(new Date("2026-01-01"), new Date("2026-02-01"));
    const { keys } = check({ a: certificate }, undefined, new Date("2026-01-02"));

    assert.match(check({ b: certificate }, keys).reasons[0] ?? "", /^publicKeys\.b: the certificate expired/);
  });

  for (const [what, given, reason] of [
    ["a list", ["pem"], /^publicKeys must be a map of labels to PEM texts/],
    ["a label with a blank", { "my key": "pem" }, /^publicKeys: a label is 1 to 63 letters/],
    [
      "an undefined text",
      { a: undefined },
      /^publicKeys\.a has no value \(undefined in the program\): check the spelling/,
    ],
    ["a null, which the class sends for it", { a: null }, /^publicKeys\.a has no value/],
    ["a number", { a: 1 }, /^publicKeys\.a: it must be PEM text$/],
    ["a path instead of the text", { a: "./key.pem" }, /^publicKeys\.a: it must be PEM text, which starts with/],
    ["a text that is too long", { a: "x".repeat(20_001) }, /^publicKeys\.a: it must not be longer than 20000/],
  ] as const) {
    it(`refuses ${what}`, () => {
      const { reasons } = check(given);

      assert.equal(reasons.length, 1);
      assert.match(reasons[0] ?? "", reason);
    });
  }

  it("refuses a key of a kind or size that the platform does not take", () => {
    const encoding = {
      publicKeyEncoding: { type: "spki", format: "pem" },
      privateKeyEncoding: { type: "pkcs8", format: "pem" },
    } as const;
    const { publicKey: small } = generateKeyPairSync("rsa", { modulusLength: 1024, ...encoding });
    const { publicKey: bitcoin } = generateKeyPairSync("ec", { namedCurve: "secp256k1", ...encoding });

    assert.deepEqual(check({ a: small, b: bitcoin }).reasons, [
      "publicKeys.a: the RSA key has 1024 bits; the minimum is 2048",
      "publicKeys.b: the curve secp256k1 is not supported: use RSA with 2048 bits or more, P-256, P-384 or P-521",
    ]);
  });

  it("refuses an eleventh key", () => {
    const eleven = Object.fromEntries(Array.from({ length: 11 }, (_, index) => [`key-${index}`, pair.publicKey]));

    assert.deepEqual(check(eleven).reasons, ["publicKeys: a client has at most 10 keys"]);
  });
});
