import assert from "node:assert/strict";
import { createHmac, createPrivateKey, generateKeyPairSync } from "node:crypto";
import { SignJWT } from "jose";
import { ASSERTION_ALGORITHMS } from "xtremepush-access/schemas";
import { unproven, verifyAssertion } from "../../../backend/src/oauth/assertion";
import type { ClientPublicKey } from "../../../backend/src/store/client-credentials";
import { claimsAt, clientKey, ISSUER, presented, signJwt, unsignedJwt } from "../../support/backend/assertions";
import { CLIENT_ID } from "../../support/backend/management-answers";
import { makeCertificate, makeKeyPair, sharedKeyPair, type TestKeyPair } from "../../support/sdk/certificates";

const NOW = new Date("2030-05-01T12:00:00.000Z");
const IAT = NOW.getTime() / 1_000;
const AUDIENCE = [`${ISSUER}/api/oauth/token`, ISSUER];
const UNPROVEN = "the client is unknown or none of its keys has signed the assertion";
const NO_JWT = /^the assertion is not a JWT signed with one of RS256, RS384, RS512, ES256, ES384, ES512, without crit/;

const claims = (more: object = {}) => ({ ...claimsAt(NOW, CLIENT_ID), ...more });

async function verify(text: string, keys: readonly ClientPublicKey[], now = NOW) {
  return verifyAssertion(presented(text), { keys, audience: AUDIENCE, now, isJtiOptional: false });
}

async function verifyLeniently(text: string, keys: readonly ClientPublicKey[]) {
  return verifyAssertion(presented(text), { keys, audience: AUDIENCE, now: NOW, isJtiOptional: true });
}

describe("verifyAssertion", () => {
  let pair: TestKeyPair;
  let keys: readonly ClientPublicKey[];

  const signed = (more: object = {}) => signJwt({ alg: "ES256" }, claims(more), pair.privateKey);
  const refusal = (message: string | RegExp) => ({ name: "OAuthError", code: "invalid_grant", status: 400, message });
  const refused = (rule: string) => refusal(`the assertion is refused: ${rule}`);

  before(async () => {
    pair = await makeKeyPair();
    keys = [clientKey("current", pair.publicKey)];
  });

  describe("takes of the algorithms", () => {
    for (const alg of ASSERTION_ALGORITHMS) {
      it(`${alg} with a key of its least size`, async () => {
        const { privateKey, publicKey } = await sharedKeyPair(alg);

        const { key } = await verify(signJwt({ alg }, claims(), privateKey), [clientKey("only", publicKey)]);

        assert.equal(key.label, "only");
      });
    }

    it("the smaller ones of a long RSA key", async () => {
      const { privateKey, publicKey } = await sharedKeyPair("RS512");
      const long = [clientKey("long", publicKey)];

      const taken = ["RS256", "RS384"].map((alg) => verify(signJwt({ alg }, claims(), privateKey), long));

      assert.equal((await Promise.all(taken)).length, 2);
    });

    it("none that the size of the key does not allow, although the signature is right", async () => {
      const { privateKey, publicKey } = await sharedKeyPair("RS256");
      const short = [clientKey("short", publicKey)];

      await assert.rejects(verify(signJwt({ alg: "RS384" }, claims(), privateKey), short), refusal(UNPROVEN));
      await assert.rejects(verify(signJwt({ alg: "RS512" }, claims(), privateKey), short), refusal(UNPROVEN));
    });

    it("none of another curve", async () => {
      const { privateKey } = await makeKeyPair("ES384");

      await assert.rejects(verify(signJwt({ alg: "ES384" }, claims(), privateKey), keys), refusal(UNPROVEN));
    });

    it("not HS256 with the public key for a secret", async () => {
      const unsigned = unsignedJwt({ alg: "HS256", typ: "JWT" }, claims());
      const mac = createHmac("sha256", pair.publicKey).update(unsigned.slice(0, -1)).digest("base64url");

      await assert.rejects(verify(unsigned + mac, keys), refusal(NO_JWT));
    });

    it("not the HMAC of the public key under the name of the key's own algorithm", async () => {
      const unsigned = unsignedJwt({ alg: "ES256", typ: "JWT" }, claims());
      const mac = createHmac("sha512", pair.publicKey).update(unsigned.slice(0, -1)).digest("base64url");

      await assert.rejects(verify(unsigned + mac, keys), refusal(UNPROVEN));
    });

    it("not none, in whatever case", async () => {
      for (const alg of ["none", "None", "NONE", ""]) {
        await assert.rejects(verify(unsignedJwt({ alg }, claims()), keys), refusal(NO_JWT));
      }
    });

    it("neither PS256 nor EdDSA", async () => {
      const rsa = await sharedKeyPair("RS256");
      const ed = generateKeyPairSync("ed25519");
      const ps256 = new SignJWT(claims()).setProtectedHeader({ alg: "PS256" }).sign(createPrivateKey(rsa.privateKey));
      const eddsa = new SignJWT(claims()).setProtectedHeader({ alg: "EdDSA" }).sign(ed.privateKey);

      await assert.rejects(verify(await ps256, [clientKey("rsa", rsa.publicKey)]), refusal(NO_JWT));
      await assert.rejects(verify(await eddsa, keys), refusal(NO_JWT));
    });
  });

  describe("refuses in the same words", () => {
    it("a client without keys, whatever the algorithm", async () => {
      for (const alg of ASSERTION_ALGORITHMS) {
        const text = `${unsignedJwt({ alg }, claims())}${"A".repeat(86)}`;

        await assert.rejects(verify(text, []), refusal(UNPROVEN));
      }
    });

    it("the signature of another key", async () => {
      const other = await makeKeyPair();

      await assert.rejects(verify(signJwt({ alg: "ES256" }, claims(), other.privateKey), keys), refusal(UNPROVEN));
    });

    it("another payload under a right signature", async () => {
      const [header, , signature] = signed().split(".");
      const [, payload] = signed({ scope: "more" }).split(".");

      await assert.rejects(verify(`${header}.${payload}.${signature}`, keys), refusal(UNPROVEN));
    });

    it("an unknown kid", async () => {
      const header = { alg: "ES256", kid: "next" };

      await assert.rejects(verify(signJwt(header, claims(), pair.privateKey), keys), refusal(UNPROVEN));
    });

    it("the kid of another key of the client", async () => {
      const next = await makeKeyPair();
      const both = [...keys, clientKey("next", next.publicKey)];
      const header = { alg: "ES256", kid: "next" };

      await assert.rejects(verify(signJwt(header, claims(), pair.privateKey), both), refusal(UNPROVEN));
    });

    it("wrong claims, too, from a caller who did not sign them", async () => {
      const other = await makeKeyPair();
      const wrong = claims({ aud: "https://elsewhere.example.com", exp: 1, jti: 7 });

      await assert.rejects(verify(signJwt({ alg: "ES256" }, wrong, other.privateKey), keys), refusal(UNPROVEN));
    });
  });

  it("finds the key that signed among several, without a kid", async () => {
    const next = await makeKeyPair();
    const both = [...keys, clientKey("next", next.publicKey)];

    const { key } = await verify(signJwt({ alg: "ES256" }, claims(), next.privateKey), both);

    assert.equal(key.label, "next");
  });

  it("finds the key by its label and by its fingerprint", async () => {
    const [key] = keys;
    const byLabel = signJwt({ alg: "ES256", kid: "current" }, claims(), pair.privateKey);
    const byPrint = signJwt({ alg: "ES256", kid: key?.fingerprint ?? "" }, claims(), pair.privateKey);

    assert.equal((await verify(byLabel, keys)).key.label, "current");
    assert.equal((await verify(byPrint, keys)).key.label, "current");
  });

  it("says until when to remember the assertion: its end and a minute for clocks that differ", async () => {
    const { expiresTime } = await verify(signed({ exp: IAT + 300 }), keys);

    assert.equal(expiresTime.toISOString(), "2030-05-01T12:06:00.000Z");
  });

  it("is for the token endpoint or for the issuer, alone or in a list", async () => {
    const taken = [...AUDIENCE, [ISSUER], ["https://elsewhere.example.com", `${ISSUER}/api/oauth/token`]];

    for (const aud of taken) assert.ok(await verify(signed({ aud }), keys));
  });

  it("is not for another audience", async () => {
    const rule = "its aud must be https://access.example.com/api/oauth/token or https://access.example.com";
    const others = ["https://elsewhere.example.com", `${ISSUER}/`, `${ISSUER}/api/external`, [], {}, undefined];

    for (const aud of others) await assert.rejects(verify(signed({ aud }), keys), refused(rule));
  });

  it("has the client for its sub as for its iss", async () => {
    for (const sub of ["xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb", "", undefined, 7]) {
      await assert.rejects(verify(signed({ sub }), keys), refused("its sub must be the client ID, as its iss is"));
    }
  });

  it("ends in the next hour, by clocks that differ by a minute at most", async () => {
    const rule = refused("its exp must be a time in the next hour, in seconds since 1970");

    for (const exp of [IAT - 59, IAT + 1, IAT + 3_600, IAT + 3_660]) assert.ok(await verify(signed({ exp }), keys));
    for (const exp of [IAT - 60, IAT + 3_661, NOW.getTime(), "soon", undefined, null]) {
      await assert.rejects(verify(signed({ exp }), keys), rule);
    }
    const endless = JSON.stringify(claims({ exp: 0 })).replace('"exp":0', '"exp":1e400');
    await assert.rejects(verify(signJwt({ alg: "ES256" }, endless, pair.privateKey), keys), rule);
  });

  it("was made in the last hour, by clocks that differ by a minute at most, or does not say when", async () => {
    const rule = refused("its iat must be a time in the last hour, in seconds since 1970");

    for (const iat of [IAT - 3_660, IAT - 1, IAT, IAT + 60, undefined]) assert.ok(await verify(signed({ iat }), keys));
    for (const iat of [IAT - 3_661, IAT + 61, NOW.getTime(), "now", null]) {
      await assert.rejects(verify(signed({ iat }), keys), rule);
    }
  });

  it("is not taken before its nbf, and needs none", async () => {
    const rule = refused("its nbf must not be in the future, in seconds since 1970");

    for (const nbf of [IAT - 9_999, IAT, IAT + 60, undefined]) assert.ok(await verify(signed({ nbf }), keys));
    for (const nbf of [IAT + 61, "now"]) await assert.rejects(verify(signed({ nbf }), keys), rule);
  });

  it("has a jti of 1 to 256 characters", async () => {
    const rule = refused("its jti must be a string of 1 to 256 characters");

    for (const jti of ["x", "x".repeat(256), "a\u0000b"]) assert.ok(await verify(signed({ jti }), keys));
    for (const jti of ["", "x".repeat(257), 7, null, ["x"]]) {
      await assert.rejects(verify(signed({ jti }), keys), rule);
      await assert.rejects(verifyLeniently(signed({ jti }), keys), rule);
    }
  });

  it("lacks a jti only where the operator allows it, else the refusal names what fixes it in each library", async () => {
    const fix = /^the assertion has no jti.*Authlib.*x\/oauth2\/jwt.*Nimbus.*--assertions-without-jti\)$/;

    await assert.rejects(verify(signed({ jti: undefined }), keys), refusal(fix));
    assert.ok(await verifyLeniently(signed({ jti: undefined }), keys));
  });

  it("calls the refusal of a client authentication invalid_client", async () => {
    const assertion = { ...presented(signed({ aud: "x" })), refusal: "invalid_client" as const };

    const verified = verifyAssertion(assertion, { keys, audience: AUDIENCE, now: NOW, isJtiOptional: false });

    await assert.rejects(verified, { code: "invalid_client", status: 401 });
    assert.equal(unproven(assertion, "a reason").code, "invalid_client");
  });

  describe("with certificates", () => {
    const notBefore = new Date("2030-05-01T10:00:00.000Z");
    const notAfter = new Date("2030-05-01T14:00:00.000Z");

    const at = (text: string) => new Date(`2030-05-01T${text}Z`);
    const signedAt = (now: Date, privateKey: string) => signJwt({ alg: "ES256" }, claimsAt(now, CLIENT_ID), privateKey);

    it("takes an assertion while the certificate is valid", async () => {
      const { certificate, privateKey } = await makeCertificate({ notBefore, notAfter });
      const certified = [clientKey("2030", certificate)];

      for (const now of [at("10:00:00.000"), at("12:00:00.000"), at("13:59:59.999")]) {
        assert.ok(await verify(signedAt(now, privateKey), certified, now));
      }
    });

    it("refuses it before and after, and says which of the two to the caller who signed", async () => {
      const { certificate, privateKey } = await makeCertificate({ notBefore, notAfter });
      const certified = [clientKey("2030", certificate)];
      const [early, late] = [at("09:59:59.999"), at("14:00:00.000")];
      const advice = "sign with a key of the client that is valid now";

      await assert.rejects(
        verify(signedAt(early, privateKey), certified, early),
        refusal(`the certificate 2030 is not valid before 2030-05-01T10:00:00.000Z: ${advice}`),
      );
      await assert.rejects(
        verify(signedAt(late, privateKey), certified, late),
        refusal(`the certificate 2030 expired at 2030-05-01T14:00:00.000Z: ${advice}`),
      );
      await assert.rejects(verify(signedAt(late, pair.privateKey), certified, late), refusal(UNPROVEN));
    });

    it("prefers the valid one of two certificates of one key", async () => {
      const old = await makeCertificate({ notBefore, notAfter: at("11:00:00.000"), keyPair: pair });
      const renewed = await makeCertificate({ notBefore, notAfter, keyPair: pair });
      const both = [clientKey("old", old.certificate), clientKey("renewed", renewed.certificate)];

      const { key } = await verify(signed(), both);

      assert.equal(key.label, "renewed");
    });

    it("takes RSA certificates as they take their keys", async () => {
      const { certificate, privateKey } = await makeCertificate({ notBefore, notAfter, algorithm: "RS256" });
      const certified = [clientKey("rsa", certificate)];

      assert.ok(await verify(signJwt({ alg: "RS256" }, claims(), privateKey), certified));
      await assert.rejects(verify(signJwt({ alg: "RS384" }, claims(), privateKey), certified), refusal(UNPROVEN));
    });
  });
});
