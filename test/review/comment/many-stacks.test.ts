import assert from "node:assert/strict";
import { BODY_MAX, writeBody } from "../../../review/src/comment/body";
import type { Finding } from "../../../review/src/model/decision";
import type { Review } from "../../../review/src/model/review";
import { manifestOf } from "../../support/review/manifests";
import { reviewOfMany } from "../../support/review/many-stacks";
import { renderedMarkdown } from "../../support/review/rendered-markdown";
import { reviewOf } from "../../support/review/reviews";

/** The lines that a reviewer sees first, as GitHub renders them. */
const firstLines = (review: Review) =>
  renderedMarkdown(writeBody(review, "all", {}).split("\n").slice(0, 20).join("\n"));

describe("the comment on a change of many clients", () => {
  for (const { stacks, clients, denied, prod } of [
    {
      stacks: 5,
      clients: 40,
      denied: "Integration 01, Integration 09, Integration 17, Integration 25 and Integration 33",
      prod: "2 stacks: prod-1 and prod-4",
    },
    { stacks: 1, clients: 1_000, denied: /^(?:Integration \d{4}, ){9}Integration \d{4} and 115 more$/, prod: "prod-1" },
    { stacks: 30, clients: 3, denied: "Integration 1", prod: /^10 stacks: prod-1, prod-10, / },
  ] as const) {
    it(`lets a reviewer decide after twenty lines: ${stacks} stacks of ${clients}`, () => {
      const { headings, rows, text } = firstLines(reviewOfMany(stacks, clients));

      assert.match(headings[0] ?? "", /^Broadens access: /);
      assert.deepEqual(headings.slice(1, 3), ["Rules that deny", "Permissions"]);
      assert.match(text, /denied by no-bulk-export: export:segment for Integration 0*1\b.*: only the warehouse may/);
      const [sign, , , id, , names, stack] = rows[0] ?? [];
      assert.deepEqual([sign, id], ["+ denied", "export:segment"]);
      for (const [cell, expected] of [
        [names, denied],
        [stack, prod],
      ] as const) {
        if (typeof expected === "string") assert.equal(cell, expected);
        else assert.match(cell ?? "", expected);
      }
    });
  }

  it("has one row for the same gain in five stacks", () => {
    const { rows, text } = renderedMarkdown(writeBody(reviewOfMany(5, 40), "all", {}));

    assert.deepEqual(
      rows.filter(({ length }) => length === 7).map(([sign, , , id, , , stack]) => [sign, id, stack?.split(":")[0]]),
      [
        ["+ denied", "export:segment", "2 stacks"],
        ["+", "export:segment", "3 stacks"],
        ["+", "import:profile", "5 stacks"],
        ["+", "list:tag", "5 stacks"],
      ],
    );
    const [imports, ...more] = rows.filter(([name]) => name?.startsWith("Integration 02 "));
    assert.equal(imports?.at(-1), "5 stacks: prod-1, prod-4, test-2, test-3 and test-5");
    assert.deepEqual(more, []);
    assert.match(text, /75 clients need no decision: 25 narrowed; 25 narrowed, deleted; 25 renamed/);
  });

  it("tells two clients of one name in one stack apart", () => {
    const twins = ["a", "b"].map((resource) => ({ resource, name: "Twin", permissions: ["list:tag"] }));

    const { rows, codes } = renderedMarkdown(writeBody(reviewOf([], [manifestOf(twins)]), "all", {}));

    assert.deepEqual(codes[0]?.[5], ["Twin", "Twin"]);
    assert.equal(rows.filter(([name]) => name?.startsWith("Twin")).length, 2);
  });

  it("names the location of an explicit provider, and the Pulumi project where there are several", () => {
    const location = { endpoint: "https://eu.example.com", project: "eu" };
    const crm = { resource: "crm", permissions: ["list:tag"] };
    const head = [manifestOf([crm]), manifestOf([{ ...crm, location }], { pulumiProject: "other" })];

    const { rows } = renderedMarkdown(writeBody(reviewOf([], head), "all", {}));

    assert.equal(rows[0]?.at(-1), "2 stacks: prod of access and prod of other at eu on https://eu.example.com");
  });

  it("gives one line to the same uncertainty of thirty stacks", () => {
    const uncertain = Array.from({ length: 30 }, (_, index) =>
      manifestOf([], { stack: `s${index}`, uncertain: ["it awaits an output at index.ts:3"] }),
    );

    const body = writeBody(reviewOf([], uncertain), "all", {});

    assert.equal(body.match(/^\*\*Not certain:\*\*/gm)?.length, 1);
    assert.match(renderedMarkdown(body).text, /Not certain: 30 stacks \(s0, .* and 20 more\): it awaits an output/);
  });

  for (const { rules, named } of [
    { rules: 400, named: 400 },
    { rules: 5_000, named: 430 },
  ]) {
    it(`names the rules that deny before anything else, and counts those without room: ${rules}`, () => {
      const review = reviewOfMany(1, 8);
      const [example] = review.decision.findings.filter(({ outcome }) => outcome === "denied");
      assert.ok(example !== undefined);
      const findings = Array.from(
        { length: rules },
        (_, index): Finding => ({
          // As long as a rule and a client may be.
          ...example,
          rule: `rule-${index}-${"x".repeat(50)}`,
          reason: "👩‍💻".repeat(200),
          client: "<".repeat(100),
        }),
      );

      const body = writeBody({ ...review, decision: { outcome: "denied", findings } }, "all", {});

      assert.ok(body.length <= BODY_MAX, `${body.length} characters`);
      const lines = body.match(/^- \*\*denied\*\* by <code>rule-\d+-x+<\/code>/gm)?.length ?? 0;
      assert.ok(lines >= named, `${lines} rules`);
      const rest = /^- and ([\d,]+) more rules that deny$/m.exec(body)?.[1]?.replace(",", "") ?? "0";
      assert.equal(lines + Number(rest), rules);
      assert.match(body, /^### Broadens access/m);
      assert.match(body, /^#### Permissions$/m);
      assert.match(body, /<sub>digest <code>sha256:[0-9a-f]{64}<\/code><\/sub>\n$/);
    });
  }

  it("names the rule that denies after 1,500 clients that a default denies, each for a reason of its own", () => {
    const review = reviewOfMany(1, 8);
    const [example] = review.decision.findings.filter(({ outcome }) => outcome === "denied");
    assert.ok(example !== undefined);
    const unknown = Array.from(
      { length: 1_500 },
      (_, index): Finding => ({
        ...example,
        rule: "unknown",
        permission: null,
        client: `client ${index}`,
        reason: `index.ts:${index}`,
      }),
    );
    const deleted: Finding = { ...example, rule: "deleted", permission: null, reason: "it is deleted" };

    const body = writeBody(
      { ...review, decision: { outcome: "denied", findings: [...unknown, deleted, example] } },
      "all",
      {},
    );

    const { text } = renderedMarkdown(body);
    assert.deepEqual(
      [...body.matchAll(/^- \*\*denied\*\* by <code>([^<]+)<\/code>/gm)].map(([, rule]) => rule),
      ["no-bulk-export", "unknown", "deleted"],
    );
    assert.match(text, /denied by unknown: client 0, .* and 1,490 more: index\.ts:0 and 1,499 more reasons/);
  });
});
