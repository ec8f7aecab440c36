import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { hashSecret, isSameHash, isWellFormed, makeSecret } from "../../../backend/src/credentials/secrets";

describe("secrets", () => {
  it("are their kind, 43 random characters and 6 of checksum in base62", () => {
    assert.match(makeSecret("xpcs"), /^xpcs_[0-9A-Za-z]{49}$/);
    assert.match(makeSecret("xpat"), /^xpat_[0-9A-Za-z]{49}$/);
  });

  it("are not created twice", () => {
    const secrets = new Set(Array.from({ length: 1_000 }, () => makeSecret("xpat")));

    assert.equal(secrets.size, 1_000);
  });

  it("are distinguished from the same secret with any one character changed", () => {
    const secret = makeSecret("xpat");

    const typos = Array.from({ length: 49 }, (_, index) => {
      const place = index + 5;
      return `${secret.slice(0, place)}${secret[place] === "a" ? "b" : "a"}${secret.slice(place + 1)}`;
    });

    assert.equal(isWellFormed("xpat", secret), true);
    assert.deepEqual(
      typos.filter((typo) => isWellFormed("xpat", typo)),
      [],
    );
  });

  it("are distinguished from a secret of the other kind, a cut one and one with a line break", () => {
    const secret = makeSecret("xpat");

    assert.equal(isWellFormed("xpcs", secret), false);
    assert.equal(isWellFormed("xpat", secret.slice(0, -1)), false);
    assert.equal(isWellFormed("xpat", `${secret}\n`), false);
  });

  it("have a checksum that other programs can check: CRC-32 in base62", () => {
    const secret = "xpat_00000000000000000000000000000000000000000002MIyS4";

    assert.equal(isWellFormed("xpat", secret), true);
  });

  it("are stored as SHA-256", () => {
    const hash = hashSecret("a secret");

    assert.deepEqual(hash, createHash("sha256").update("a secret").digest());
  });

  it("are equal only when every byte of their hashes is", () => {
    const hash = hashSecret("a secret");

    assert.equal(isSameHash(hash, new Uint8Array(hash)), true);
    assert.equal(isSameHash(hash, hashSecret("another secret")), false);
    assert.equal(isSameHash(hash, hash.subarray(1)), false);
  });
});
