import assert from "node:assert/strict";
import { seal, unseal } from "../../../backend/src/oauth/key-encryption";

const key = new Uint8Array(32).fill(1);
const otherKey = new Uint8Array(32).fill(2);

describe("seal", () => {
  it("hides the private part under a key, and gives it back", async () => {
    const stored = await seal('{"d":"private"}', key);

    assert.ok(!stored.includes("private"));
    assert.equal(await unseal(stored, key), '{"d":"private"}');
  });

  it("leaves the private part as it is without a key", async () => {
    assert.equal(await seal('{"d":"private"}', null), '{"d":"private"}');
  });

  it("encrypts the same part differently each time", async () => {
    assert.notEqual(await seal('{"d":"private"}', key), await seal('{"d":"private"}', key));
  });
});

describe("unseal", () => {
  it("says which variable to set when the key is missing", async () => {
    const stored = await seal('{"d":"private"}', key);

    await assert.rejects(unseal(stored, null), {
      message: "The signing keys in the database are encrypted: set XTREMEPUSH_ACCESS_KEY to their key.",
    });
  });

  it("says that the key is another one", async () => {
    const stored = await seal('{"d":"private"}', key);

    await assert.rejects(unseal(stored, otherKey), { name: "StartFailure", message: /another XTREMEPUSH_ACCESS_KEY/ });
  });
});
