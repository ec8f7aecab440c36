import assert from "node:assert/strict";
import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { assertValidAt, PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import { ASSERTION_ALGORITHMS, PublicKey } from "xtremepush-access/schemas";
import { makeCertificate, sharedKeyPair, type TestCertificate } from "../../support/sdk/certificates";

const FROM = new Date("2026-01-01T00:00:00.000Z");
const TO = new Date("2027-01-01T00:00:00.000Z");

/** A public key on a curve, as SPKI. */
function onCurve(namedCurve: string): string {
  const { publicKey } = generateKeyPairSync("ec", { namedCurve });
  return publicKey.export({ type: "spki", format: "pem" }).toString();
}

/** A public RSA key of this length, as SPKI: nobody has its private part, so its modulus need not be a product of two primes. */
function ofBits(length: number): string {
  const n = Buffer.alloc(Math.ceil(length / 8), 0xff);
  n[0] = 0xff >> (n.length * 8 - length);
  const key = { kty: "RSA", n: n.toString("base64url"), e: "AQAB" };
  return createPublicKey({ key, format: "jwk" }).export({ type: "spki", format: "pem" }).toString();
}

function refusal(pem: string): string {
  try {
    readPublicKey(pem);
  } catch (error) {
    if (error instanceof PublicKeyError) return error.message;
    throw error;
  }
  return "it was taken";
}

describe("readPublicKey", () => {
  let certificate: TestCertificate;
  let rsa: string;
  let ec: string;

  before(async () => {
    certificate = await makeCertificate({ notBefore: FROM, notAfter: TO });
    rsa = (await sharedKeyPair("RS256")).publicKey;
    ec = (await sharedKeyPair("ES256")).publicKey;
  });

  it("reads a bare key, which has no end", () => {
    const key = readPublicKey(ec);

    const der = createPublicKey(ec).export({ type: "spki", format: "der" });
    assert.deepEqual(key, {
      pem: ec,
      type: "public-key",
      algorithms: ["ES256"],
      fingerprint: createHash("sha256").update(der).digest("hex"),
      notBefore: null,
      expiresTime: null,
    });
    assert.deepEqual(PublicKey.parse(key), key);
  });

  it("reads a certificate with its validity; its fingerprint is that of its key", () => {
    const key = readPublicKey(certificate.certificate);

    assert.deepEqual(
      [key.type, key.algorithms, key.notBefore, key.expiresTime],
      ["certificate", ["ES256"], "2026-01-01T00:00:00.000Z", "2027-01-01T00:00:00.000Z"],
    );
    assert.equal(key.fingerprint, readPublicKey(certificate.publicKey).fingerprint);
    assert.match(key.pem, /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+-----END CERTIFICATE-----\n$/);
  });

  it("gives each kind of key its algorithms", () => {
    const algorithms = [...[2_048, 4_095, 4_096].map(ofBits), ...["P-256", "P-384", "P-521"].map(onCurve)].map(
      (pem) => readPublicKey(pem).algorithms,
    );

    assert.deepEqual(algorithms, [["RS256"], ["RS256"], ["RS256", "RS384"], ["ES256"], ["ES384"], ["ES512"]]);
  });

  it("gives a long RSA key every RSA algorithm", async () => {
    const { publicKey } = await sharedKeyPair("RS512");

    assert.deepEqual(readPublicKey(publicKey).algorithms, ASSERTION_ALGORITHMS.slice(0, 3));
  });

  it("writes every text of the same key in one way", () => {
    const body = ec.split("\n").slice(1, -2).join("");
    const texts = [
      ec.replaceAll("\n", "\r\n"),
      `  \n${ec}\n\n`,
      `subject=client\nissuer=nobody\n${ec}`,
      ec.trimEnd(),
      `-----BEGIN PUBLIC KEY-----\n${body}\n-----END PUBLIC KEY-----`,
    ];

    for (const text of texts) assert.equal(readPublicKey(text).pem, ec, JSON.stringify(text));
    assert.equal(
      readPublicKey(`Bag Attributes\n${certificate.certificate.replaceAll("\n", "\r\n")}`).pem,
      readPublicKey(certificate.certificate).pem,
    );
  });

  it("refuses private keys of every form, and repeats nothing of them", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const pkcs8 = privateKey.export({ type: "pkcs8", format: "pem" }).toString();
    const encrypted = privateKey
      .export({ type: "pkcs8", format: "pem", cipher: "aes-256-cbc", passphrase: "correct horse" })
      .toString();
    const sec1 = privateKey.export({ type: "sec1", format: "pem" }).toString();
    const openssh =
      "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXktdjEAAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    const headless = pkcs8.split("\n").slice(1).join("\n");

    for (const pem of [pkcs8, encrypted, sec1, openssh, headless, ec + pkcs8, `${certificate.certificate}${sec1}`]) {
      const said = refusal(pem);
      assert.match(said, /^a private key must never leave its owner: send its public part/);
      for (const line of pem.split("\n").filter((text) => text !== "" && !text.startsWith("-----"))) {
        assert.equal(said.includes(line), false);
      }
    }
  });

  it("refuses a chain, other blocks, and text that is no PEM", () => {
    const pkcs1 = createPublicKey(rsa).export({ type: "pkcs1", format: "pem" }).toString();

    assert.match(refusal(certificate.certificate + certificate.certificate), /^it must contain one PEM block/);
    assert.match(refusal(pkcs1), /^it must be an X\.509 certificate \(CERTIFICATE\) or an SPKI public key/);
    assert.match(
      refusal("-----BEGIN CERTIFICATE REQUEST-----\nMIIB\n-----END CERTIFICATE REQUEST-----"),
      /^it must be an X/,
    );
    for (const text of ["", "main.pem", "ssh-ed25519 AAAAC3Nza ana@laptop", ec.replaceAll("-", "=")]) {
      assert.match(refusal(text), /^it must be PEM text/, text);
    }
  });

  it("refuses a block that is cut, of another kind than its label, or empty", () => {
    const relabelled = ec.replaceAll("PUBLIC KEY", "CERTIFICATE");

    assert.equal(refusal(ec.slice(0, 90)), "the public key cannot be read; check that the PEM text is complete");
    assert.equal(refusal(relabelled), "the certificate cannot be read; check that the PEM text is complete");
    assert.equal(
      refusal(certificate.certificate.replaceAll("CERTIFICATE", "PUBLIC KEY")),
      "the public key cannot be read; check that the PEM text is complete",
    );
    assert.equal(
      refusal("-----BEGIN PUBLIC KEY-----\n-----END PUBLIC KEY-----\n"),
      "the public key cannot be read; check that the PEM text is complete",
    );
  });

  it("refuses a certificate whose end is no date, or a year that no calendar has", async () => {
    const { certificate: pem } = await makeCertificate({ notBefore: FROM, notAfter: new Date("2060-01-01T00:00:00Z") });
    const der = Buffer.from(pem.replace(/-----[A-Z ]+-----/g, ""), "base64");
    const endingAt = (time: string) => {
      const changed = Buffer.from(der);
      changed.write(time, der.indexOf("20600101000000Z"), "latin1");
      return `-----BEGIN CERTIFICATE-----\n${changed.toString("base64")}\n-----END CERTIFICATE-----\n`;
    };

    for (const time of ["20601301000000Z", "20600230000000Z", "00000101000000Z", "00001231235959Z"]) {
      assert.equal(
        refusal(endingAt(time)),
        "the dates of the certificate cannot be read; check that the PEM text is complete",
        time,
      );
    }
    assert.equal(readPublicKey(endingAt("99991231235959Z")).expiresTime, "9999-12-31T23:59:59.000Z");
  });

  it("refuses kinds and sizes that the platform does not take", () => {
    const ed25519 = generateKeyPairSync("ed25519").publicKey.export({ type: "spki", format: "pem" }).toString();
    const pss = generateKeyPairSync("rsa-pss", { modulusLength: 2_048 })
      .publicKey.export({ type: "spki", format: "pem" })
      .toString();

    assert.equal(refusal(ofBits(1_024)), "the RSA key has 1024 bits; the minimum is 2048");
    assert.equal(refusal(ofBits(2_047)), "the RSA key has 2047 bits; the minimum is 2048");
    assert.match(refusal(onCurve("secp256k1")), /^the curve secp256k1 is not supported: use RSA/);
    assert.match(refusal(ed25519), /^a key of the type ed25519 is not supported: use RSA/);
    assert.match(refusal(pss), /^a key of the type rsa-pss is not supported: use RSA/);
  });

  it("refuses an RSA key that is too long to verify with, and one with which anybody can sign", () => {
    const jwk = createPublicKey(rsa).export({ format: "jwk" });
    const modulusOf = (bytes: number) => Buffer.alloc(bytes, 0xff).toString("base64url");
    const pemOf = (key: object) =>
      createPublicKey({ key: { ...jwk, ...key }, format: "jwk" })
        .export({ type: "spki", format: "pem" })
        .toString();

    assert.equal(refusal(pemOf({ n: modulusOf(2_049) })), "the RSA key has 16392 bits; the maximum is 16384");
    // OpenSSL would leave an error for whoever reads the next one.
    createPrivateKey(certificate.privateKey);
    assert.equal(readPublicKey(pemOf({ n: modulusOf(2_048) })).algorithms.length, 3);
  });

  it("takes the public exponents of RSA that are in use, and none that is slow or no exponent at all", () => {
    const jwk = createPublicKey(rsa).export({ format: "jwk" });
    const withExponent = (hex: string) =>
      createPublicKey({ key: { ...jwk, e: Buffer.from(hex, "hex").toString("base64url") }, format: "jwk" })
        .export({ type: "spki", format: "pem" })
        .toString();

    for (const hex of ["03", "010001", "ffffffff"]) {
      assert.deepEqual(readPublicKey(withExponent(hex)).algorithms, ["RS256"], hex);
    }
    for (const hex of ["01", "02", "010000", "0100000001", `${"ff".repeat(32)}`]) {
      assert.equal(
        refusal(withExponent(hex)),
        "the public exponent of the RSA key must be an odd number of 3 or more and at most 32 bits: use 65537",
        hex,
      );
    }
  });
});

describe("assertValidAt", () => {
  it("takes a certificate from its first moment to just before its last, and a bare key always", async () => {
    const { certificate, publicKey } = await makeCertificate({ notBefore: FROM, notAfter: TO });
    const key = readPublicKey(certificate);

    assertValidAt(key, FROM);
    assertValidAt(key, new Date("2026-12-31T23:59:59.999Z"));
    assertValidAt(readPublicKey(publicKey), new Date("2100-01-01T00:00:00.000Z"));
    assert.throws(() => assertValidAt(key, new Date("2025-12-31T23:59:59.999Z")), {
      name: "PublicKeyError",
      message: "the certificate is not valid before 2026-01-01T00:00:00.000Z; use one that is valid now",
    });
    assert.throws(() => assertValidAt(key, TO), {
      name: "PublicKeyError",
      message: "the certificate expired at 2027-01-01T00:00:00.000Z; use one that is valid now",
    });
  });
});
