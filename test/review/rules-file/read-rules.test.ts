import assert from "node:assert/strict";
import { readRules } from "../../../review/src/rules-file/read-rules";

describe("reading access-review.yaml", () => {
  const rule = (when: string) => `{ version: 1, rules: [{ id: mine, outcome: deny, reason: r, when: ${when} }] }`;

  for (const { title, text, message } of [
    {
      title: "text that is not valid YAML",
      text: "rules: [",
      message: /^main:access-review.yaml is not valid YAML: .+ at line 1/,
    },
    {
      title: "a key that is there twice",
      text: "version: 1\nversion: 1",
      message: /not valid YAML: Map keys must be unique/,
    },
    { title: "a newer version", text: "version: 2", message: /access-review.yaml, version: / },
    { title: "nothing at all", text: "", message: /access-review.yaml is empty; write at least `version: 1`/ },
    { title: "only comments", text: "# later\n---\n", message: /access-review.yaml is empty; / },
    {
      title: "an outcome that is not one of the two",
      text: "{ version: 1, rules: [{ id: a, outcome: block, reason: r, when: {} }] }",
      message: /, rules\.0\.outcome: must be one of "approval", "deny"$/,
    },
    { title: "a misspelt key", text: "{ version: 1, rule: [] }", message: /Unrecognized key: "rule"/ },
    { title: "a misspelt condition", text: rule("{ risks: critical }"), message: /rules.0.when: Unrecognized key/ },
    { title: "an unknown permission", text: rule("{ permission: list:profil }"), message: /list:profile/ },
    {
      title: "a stack to come after without the stacks that do",
      text: rule("{ not-before: staging }"),
      message: /rules.0.when.not-before: needs `stack`: the stacks that come after it$/,
    },
    {
      title: "a stack that would come after itself",
      text: rule('{ stack: ["prod", "stag*"], not-before: [dev, staging] }'),
      message: /rules.0.when.not-before: the rule applies to the stack "staging" itself; let `stack` leave it out$/,
    },
    { title: "an unknown scope", text: rule("{ scope: exports }"), message: /rules.0.when.scope/ },
    {
      title: "a waiver of a rule that is not there",
      text: "{ version: 1, waivers: [{ rule: x, reason: r, approver: a, until: 2027-01-01 }] }",
      message: /waivers.0.rule: there is no rule "x"/,
    },
    {
      title: "a waiver without an end",
      text: "{ version: 1, waivers: [{ rule: broadened, reason: r, approver: a }] }",
      message: /waivers.0.until/,
    },
  ]) {
    it(`refuses ${title}, and says where`, () => {
      assert.throws(() => readRules(text, "main:access-review.yaml"), { name: "ReviewFailure", message });
    });
  }

  it("refuses a bomb of aliases", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let depth = 1; depth < 8; depth++) {
      lines.push(
        `a${depth}: &a${depth} [${Array(9)
          .fill(`*a${depth - 1}`)
          .join(", ")}]`,
      );
    }

    assert.throws(() => readRules(lines.join("\n"), "rules"), { name: "ReviewFailure", message: /aliases/ });
  });
});
