import assert from "node:assert/strict";
import { resolveScope } from "../../../backend/src/oauth/granted-scope";

const grant = ["list:profile", "list:tag", "info:profile"];

describe("resolveScope", () => {
  it("is the whole grant when nothing is asked for", () => {
    assert.deepEqual(resolveScope(grant, undefined), grant);
  });

  it("is what was asked for, once each and in the grant's order", () => {
    assert.deepEqual(resolveScope(grant, "info:profile list:profile info:profile"), ["list:profile", "info:profile"]);
  });

  it("names what goes beyond the grant", () => {
    assert.throws(() => resolveScope(grant, "list:profile delete:profile nonsense"), {
      code: "invalid_scope",
      message: "not granted to the client: delete:profile, nonsense",
    });
  });

  it("names ten of a long list and counts the rest", () => {
    assert.throws(() => resolveScope(grant, "a b c d e f g h i j k l"), {
      message: /: a, b, c, d, e, f, g, h, i, j and 2 more$/,
    });
  });

  it("refuses a client without a grant", () => {
    assert.throws(() => resolveScope([], undefined), { code: "invalid_scope", message: /has no grant/ });
  });

  it("refuses what is not a list separated by single spaces", () => {
    for (const scope of ["list:profile  list:tag", " list:profile", 'list:"profile"', "list:profile\nlist:tag", "é"]) {
      assert.throws(() => resolveScope(grant, scope), { code: "invalid_scope", message: /separated by single spaces/ });
    }
  });
});
