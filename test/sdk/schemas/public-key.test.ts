import assert from "node:assert/strict";
import { KeyLabel, PublicKeySet } from "xtremepush-access/schemas";

const RULE = "a label is 1 to 63 letters, digits and inner dots, - or _";

describe("the label of a key", () => {
  it("is 1 to 63 letters, digits and inner dots, hyphens or underscores", () => {
    for (const label of ["a", "2026-q4", "Main.Key_2", "a".repeat(63), "constructor"]) {
      assert.equal(KeyLabel.safeParse(label).success, true, label);
    }
    for (const label of ["", " a", "a b", "-a", "a-", ".a", "a/b", "caf\u00e9", "a\n", "__proto__", "a".repeat(64)]) {
      assert.equal(KeyLabel.safeParse(label).success, false, JSON.stringify(label));
    }
  });
});

describe("a set of public keys", () => {
  it("keeps labels that every object has", () => {
    const keys = PublicKeySet.parse({ constructor: "a", toString: "b", hasOwnProperty: "c" });

    assert.deepEqual(Object.entries(keys), [
      ["constructor", "a"],
      ["toString", "b"],
      ["hasOwnProperty", "c"],
    ]);
  });

  it("holds at most ten keys of at most 20,000 characters", () => {
    const keys = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`k${index}`, "pem"]));

    assert.equal(PublicKeySet.safeParse(keys(10)).success, true);
    assert.equal(PublicKeySet.safeParse({}).success, true);
    assert.equal(PublicKeySet.safeParse(keys(11)).error?.issues[0]?.message, "a client has at most 10 public keys");
    assert.equal(PublicKeySet.safeParse({ a: "x".repeat(20_000) }).success, true);
    assert.equal(
      PublicKeySet.safeParse({ a: "x".repeat(20_001) }).error?.issues[0]?.message,
      "a key must not be longer than 20000 characters",
    );
  });

  it("says the rule of labels, and never repeats one: it may be a key in the wrong place", () => {
    const swapped = PublicKeySet.safeParse({ "-----BEGIN PRIVATE KEY-----\nMIGH": "main" });

    assert.deepEqual(
      swapped.error?.issues.map(({ path, message }) => [path, message]),
      [[[], RULE]],
    );
    assert.equal(JSON.stringify(swapped.error?.issues).includes("MIGH"), false);
  });

  it("refuses what is no record of texts", () => {
    for (const keys of [[], "pem", null, { a: 1 }, { a: null }, { a: { pem: "x" } }]) {
      assert.equal(PublicKeySet.safeParse(keys).success, false, JSON.stringify(keys));
    }
  });
});
