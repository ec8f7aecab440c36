import assert from "node:assert/strict";
import { clientLabel, count } from "../../../sdk/src/text";

describe("the label of a client", () => {
  it("is its id and its name in quotes", () => {
    assert.equal(clientLabel({ id: "xpc_a2", name: "CRM sync" }), 'client xpc_a2 ("CRM sync")');
  });

  it("is its id alone where the name is not known", () => {
    assert.equal(clientLabel({ id: "xpc_a2", name: null }), "client xpc_a2");
  });

  it("hides nothing of what a stranger chose, and has an end", () => {
    assert.equal(clientLabel({ id: "xpc_a2\n", name: 'a")\u202e' }), 'client "xpc_a2\\u{a}" ("a\\")\\u{202e}")');
    assert.equal(clientLabel({ id: "xpc_a2", name: "x".repeat(201) }), `client xpc_a2 ("${"x".repeat(199)}…")`);
  });
});

describe("a count", () => {
  it("has its noun in the plural unless it is one", () => {
    assert.equal(count(0, "client"), "0 clients");
    assert.equal(count(1, "client"), "1 client");
    assert.equal(count(1_300, "client"), "1,300 clients");
  });
});
