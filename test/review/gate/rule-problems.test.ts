import assert from "node:assert/strict";
import { findRuleProblems, type LockedNames } from "../../../review/src/gate/rule-problems";
import { readRules } from "../../../review/src/rules-file/read-rules";

const NAMES: LockedNames = {
  stacks: ["dev", "prod"],
  clients: [
    { stack: "dev", name: "CRM sync" },
    { stack: "prod", name: "Warehouse" },
  ],
};

/** What is wrong with a rule that has these conditions. */
function problemsOf(when: string, names = NAMES): string[] {
  const text = `{ version: 1, rules: [{ id: mine, outcome: deny, reason: because, when: ${when} }] }`;
  const problems = findRuleProblems(readRules(text, "access-review.yaml"), names);
  assert.ok(problems.every(({ rule }) => rule === "mine"));
  return problems.map(({ severity, why, hint }) => `${severity}: ${why}${hint}`);
}

describe("a condition that is never met", () => {
  for (const [when, ...expected] of [
    ["{ stack: Prod }", 'error: no lock file has the stack "Prod", but "prod": case matters'],
    ["{ stack: [prod, stage] }", 'error: no lock file has the stack "stage", only "dev", "prod"'],
    ["{ stack: prod, not-before: Dev }", 'error: no lock file has the stack "Dev", but "dev": case matters'],
    ["{ stack: prod, not-before: [dev, stage] }", 'error: no lock file has the stack "stage", only "dev", "prod"'],
    ['{ stack: "eu-*", client: Nobody }', 'error: no lock file has the stack "eu-*", only "dev", "prod"'],
    ["{ client: crm sync }", 'error: no client has the name "crm sync", but "CRM sync": case matters'],
    ["{ client: ETL }", 'warning: no client has the name "ETL", only "CRM sync", "Warehouse"'],
    [
      "{ client: Warehouse, stack: dev }",
      'warning: no client in the stacks of the rule has the name "Warehouse", only "CRM sync"',
    ],
    [
      "{ effect: deleted, risk: critical }",
      "error: the effect deleted never comes with a permission, because a deleted client gains none",
    ],
    ["{ effect: [broadened, none] }", "error: the effect none is in no review, which has only the clients that change"],
    [
      "{ permission: export:segment, access: delete }",
      "warning: no permission of the catalog meets all of its conditions",
    ],
  ] as const) {
    it(`is found in ${when}`, () => {
      assert.deepEqual(problemsOf(when), expected);
    });
  }

  for (const when of [
    "{ stack: [prod, dev], client: [CRM*, Warehouse] }",
    "{ effect: [created, narrowed, renamed, credentials-changed, unknown], risk: critical }",
    "{ effect: deleted, client: Warehouse }",
    "{ scope: export, data: bulk-personal }",
    "{ stack: prod, not-before: dev }",
    "{}",
  ]) {
    it(`is not in ${when}`, () => {
      assert.deepEqual(problemsOf(when), []);
    });
  }

  it("is not looked for in names that are unknown or not there yet", () => {
    const unknown = { stacks: ["prod"], clients: [{ stack: "prod", name: null }] };

    assert.deepEqual(problemsOf("{ client: ETL }", unknown), []);
    assert.deepEqual(problemsOf("{ client: ETL, stack: prod }", { stacks: [], clients: [] }), []);
  });
});
