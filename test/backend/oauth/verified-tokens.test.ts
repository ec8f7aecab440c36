import assert from "node:assert/strict";
import { VerifiedTokens } from "../../../backend/src/oauth/verified-tokens";

describe("VerifiedTokens", () => {
  it("forgets a token on request", () => {
    const tokens = new VerifiedTokens();
    tokens.remember("one", verifiedOf("one"));
    tokens.forget("one");

    assert.equal(tokens.find("one"), undefined);
  });

  it("forgets the oldest token when it is full", () => {
    const tokens = new VerifiedTokens(2);
    for (const token of ["one", "two", "three"]) tokens.remember(token, verifiedOf(token));

    assert.equal(tokens.find("one"), undefined);
    assert.deepEqual(tokens.find("two"), verifiedOf("two"));
    assert.deepEqual(tokens.find("three"), verifiedOf("three"));
  });
});

function verifiedOf(jti: string) {
  return {
    kid: "key",
    claims: {
      ...{ jti, client_id: "xpc_1", scope: "info:profile", iat: 1, exp: 2 },
      ...{ xtremepush_project: "retail", xtremepush_revision: 1 },
    },
  };
}
