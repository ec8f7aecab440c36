import assert from "node:assert/strict";
import { PERMISSIONS, RISKS } from "xtremepush-access";
import { accessLine } from "../../../../provider/src/dynamic/run/access-line";

const CRM = { id: "xpc_a", name: "CRM sync" };

describe("the line about a client's permissions", () => {
  it("names what the client gains, then what it loses, the riskiest first", () => {
    const before = ["list:segment", "export:segment", "info:task"];
    const after = ["info:task", "info:campaign", "import:profile"];

    assert.equal(
      accessLine(CRM, { before, after }),
      "CRM sync (xpc_a): +import:profile (high), +info:campaign (low), -export:segment (critical), -list:segment (low)",
    );
  });

  it("is none where nothing changes, in whatever order", () => {
    assert.equal(
      accessLine(CRM, { before: ["info:task", "list:segment"], after: ["list:segment", "info:task"] }),
      null,
    );
    assert.equal(accessLine(CRM, { before: [], after: [] }), null);
  });

  it("names ten permissions and counts the rest", () => {
    const all = Object.keys(PERMISSIONS);
    const [lost, ...gained] = all;
    const few = all.slice(0, 8);

    const line = accessLine(CRM, { before: [String(lost)], after: gained }) ?? "";

    assert.equal(line.match(/[+-][a-z-]+:/g)?.length, 10);
    assert.match(line, /, and 57 more \(\+56, -1\)$/);
    assert.ok(line.length < 600, line);
    const risks = [...line.matchAll(/\((low|medium|high|critical)\)/g)].map(([, risk]) => RISKS.indexOf(risk as "low"));
    assert.deepEqual(
      risks,
      risks.toSorted((one, other) => other - one),
    );
    assert.match(accessLine(CRM, { before: few, after: all.slice(8, 13) }) ?? "", /, and 3 more \(-3\)$/);
  });

  it("puts a permission first that the catalog does not know", () => {
    const line = accessLine(CRM, { before: [], after: ["export:segment", "launch:rocket"] });

    assert.equal(line, "CRM sync (xpc_a): +launch:rocket (unknown permission), +export:segment (critical)");
  });

  it("says what is not known yet", () => {
    const before = ["list:segment"];

    assert.equal(
      accessLine(CRM, { before, after: ["list:segment", "info:task"], unknown: 2 }),
      "CRM sync (xpc_a): +info:task (low), 2 permissions not known yet",
    );
    assert.equal(
      accessLine(CRM, { before, after: [], unknown: 1 }),
      "CRM sync (xpc_a): -list:segment (low), 1 permission not known yet, which may be among those lost",
    );
    assert.equal(
      accessLine(CRM, { before, after: [], unknown: null }),
      "CRM sync (xpc_a): permissions not known yet (now 1)",
    );
    assert.equal(
      accessLine(CRM, { before: [], after: [], unknown: null }),
      "CRM sync (xpc_a): permissions not known yet",
    );
    assert.equal(
      accessLine(CRM, { before, after: [], unknown: null, isClientUnknown: true }),
      "CRM sync (xpc_a): client and permissions not known yet (now 1)",
    );
    assert.equal(
      accessLine(CRM, { before, after: ["list:segment", "info:task"], isClientUnknown: true }),
      "CRM sync (xpc_a): client not known yet (now 1 permission), +info:task (low)",
    );
  });

  for (const [title, client, label] of [
    ["an ID alone", { id: "xpc_a", name: null }, "xpc_a"],
    ["a name alone, for a new client", { id: null, name: "CRM sync" }, "CRM sync (new)"],
    ["neither", { id: null, name: null }, "a new client"],
    ["letters of any script", { id: "xpc_a", name: "Größe 数据" }, "Größe 数据 (xpc_a)"],
    [
      "a name like a line, in quotes",
      { id: "xpc_a", name: "CRM (xpc_b): +info:task" },
      '"CRM (xpc_b): +info:task" (xpc_a)',
    ],
    [
      "a line break, escaped",
      { id: "xpc_a", name: "CRM\nBilling: -info:task" },
      '"CRM\\u{a}Billing: -info:task" (xpc_a)',
    ],
    ["a terminal's codes, escaped", { id: "xpc_a", name: "CRM\u001b[2K" }, '"CRM\\u{1b}[2K" (xpc_a)'],
  ] as const) {
    it(`shows of a client ${title}`, () => {
      assert.equal(accessLine(client, { before: [], after: ["info:task"] }), `${label}: +info:task (low)`);
    });
  }
});
