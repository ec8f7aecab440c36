import assert from "node:assert/strict";
import { propertyKey, render, stringLiteral, templateLiteral } from "../../../provider/src/cli/source-text";

describe("the text of a string", () => {
  it("is in double quotes, or in single ones where that needs fewer escapes", () => {
    assert.equal(stringLiteral("CRM sync"), '"CRM sync"');
    assert.equal(stringLiteral("it's"), `"it's"`);
    assert.equal(stringLiteral('say "hi"'), `'say "hi"'`);
    assert.equal(stringLiteral(`"it's"`), `'"it\\'s"'`);
  });

  it("escapes backslashes and line ends", () => {
    assert.equal(stringLiteral("a\\b\nc\r\n\td"), '"a\\\\b\\nc\\r\\n\\td"');
  });

  it("spells out what would hide text or turn its direction", () => {
    assert.equal(stringLiteral("a\u202eb\u2028c\u0000d\u{e0041}"), '"a\\u{202e}b\\u{2028}c\\u{0}d\\u{e0041}"');
    assert.equal(stringLiteral("👩\u200d👧"), '"👩\u200d👧"');
  });
});

describe("a text of several lines", () => {
  it("stays on its lines, with nothing in it that could end it", () => {
    assert.equal(templateLiteral("-----BEGIN-----\nab\n"), "`-----BEGIN-----\nab\n`");
    assert.equal(templateLiteral("`$\u007bx}\\"), "`\\`\\$\u007bx}\\\\`");
  });
});

describe("the key of an object", () => {
  it("is in quotes only where it needs them", () => {
    assert.deepEqual(["next", "a_b", "2026-q4", "a.b"].map(propertyKey), ["next", "a_b", '"2026-q4"', '"a.b"']);
  });
});

describe("a value", () => {
  const call = 'new ScopeGrant("crm", ';

  it("is on one line where it fits", () => {
    const text = render(
      {
        object: [
          ["client", "crm"],
          ["permissions", { list: ["a", "b"] }],
        ],
      },
      call,
      ");",
    );

    assert.equal(text, 'new ScopeGrant("crm", { client: crm, permissions: [a, b] });');
  });

  it("has a line for each part where it does not", () => {
    const long = "permissions.integrationActions.sportsUnsubscribe";
    const text = render(
      {
        object: [
          ["client", "crm"],
          ["permissions", { list: [long, long, long] }],
        ],
      },
      call,
      ");",
    );

    assert.equal(
      text,
      `new ScopeGrant("crm", {\n  client: crm,\n  permissions: [\n    ${long},\n    ${long},\n    ${long},\n  ],\n});`,
    );
  });

  it("is shorthand where the key is the value", () => {
    assert.equal(render({ object: [["client", "client"]] }, call, ");"), 'new ScopeGrant("crm", { client });');
  });

  it("goes to the next line when it is a string that is too long for its own", () => {
    const text = render({ object: [["description", `"${"x".repeat(120)}"`]] }, call, ");");

    assert.equal(text, `new ScopeGrant("crm", {\n  description:\n    "${"x".repeat(120)}",\n});`);
  });

  it("stays behind a key that is so short that the next line has hardly more room", () => {
    const text = render({ object: [["name", `"${"漢".repeat(60)}"`]] }, call, ");");

    assert.equal(text, `new ScopeGrant("crm", {\n  name: "${"漢".repeat(60)}",\n});`);
  });

  it("breaks around a text of several lines", () => {
    const text = render({ object: [["key", "`a\nb`"]] }, call, ");");

    assert.equal(text, 'new ScopeGrant("crm", {\n  key: `a\nb`,\n});');
  });
});
