import assert from "node:assert/strict";
import Ajv2020 from "ajv/dist/2020";
import fc from "fast-check";
import { PERMISSION_IDS } from "xtremepush-access";
import { decide } from "../../../review/src/gate/decide";
import { NO_RULES } from "../../../review/src/gate/rules";
import { writeAnnotations } from "../../../review/src/outputs/annotations";
import { reviewSchema, writeJson } from "../../../review/src/outputs/json";
import { writeMarkdown } from "../../../review/src/outputs/markdown";
import { writeSarif } from "../../../review/src/outputs/sarif";
import { writeText } from "../../../review/src/outputs/text";
import { describeVerdict } from "../../../review/src/outputs/wording";
import { HOSTILE_NAMES } from "../../support/review/hostile-names";
import { manifestOf } from "../../support/review/manifests";
import { reviewOfMany } from "../../support/review/many-stacks";
import { type MarkdownNode, markdownTree, renderedMarkdown } from "../../support/review/rendered-markdown";
import { reviewOf } from "../../support/review/reviews";
import { sarifResults } from "../../support/review/sarif";

const base = manifestOf([
  { resource: "crm", name: "CRM sync", permissions: ["list:profile"] },
  { resource: "etl", name: "ETL", permissions: ["export:segment", "list:segment"] },
  { resource: "old", name: "Old name", permissions: ["list:tag"] },
  { resource: "gone", name: "Gone", permissions: ["info:task"] },
  { resource: "keys", name: "Keys", secretVersion: 1, permissions: [] },
]);
const head = manifestOf([
  { resource: "crm", name: "CRM sync", permissions: ["list:profile", "import:profile", "export:segment"] },
  { resource: "etl", name: "ETL", permissions: ["list:segment"] },
  { resource: "old", name: "New name", permissions: ["list:tag"] },
  { resource: "keys", name: "Keys", secretVersion: 2, permissions: [] },
]);
const REVIEW = reviewOf([base], [head]);
const NONE = reviewOf([base], [base]);

/** A review in which a stranger chose every name. */
function named(name: string) {
  const before = manifestOf([
    { resource: "a", name: "before", permissions: ["list:tag"] },
    { resource: "gone", name },
  ]);
  const after = manifestOf([
    {
      resource: "a",
      name,
      permissions: ["list:tag", "export:segment", `list: ${name}`],
      publicKeys: { [name]: `ff ${name}` },
    },
    { resource: "taken", name, adopt: `xpc ${name}`, source: `src ${name}:3` },
  ]);
  const location = { endpoint: `https://${name}`, project: { unknown: name } };
  const elsewhere = manifestOf(
    [{ resource: "b", name, location, unknownPermissions: name, permissions: ["import:profile"] }],
    {
      stack: `stack ${name}`,
      pulumiProject: `project ${name}`,
    },
  );
  const review = reviewOf([before], [after, { ...elsewhere, uncertain: [name] }], {
    base: name,
    head: name,
    rulesFrom: `rules ${name}`,
    notes: [name],
  });
  const rules = { ...NO_RULES, defaults: { unknown: "deny" } } as const;
  return { ...review, decision: decide(review.diff, rules, new Date("2027-01-15T12:00:00Z")) };
}

/** What a name may hold: text, and our own comment after an @. */
const OWN_INSIDE_CODE: readonly string[] = ["#text", "#comment"];

const HARMLESS = named("harmless");
const HARMLESS_SHAPE = shapeOf(HARMLESS);

describe("the first line of every output", () => {
  it("is the verdict with its counts", () => {
    assert.equal(
      describeVerdict(REVIEW.diff),
      "Broadens access: 1 client, +2 permissions, 1 critical, 1 high; -2; 1 with changed credentials; 1 renamed; 1 deleted",
    );
    assert.equal(describeVerdict(NONE.diff), "No change to access");
  });

  it("keeps its counts when only a whole stack is unknown", () => {
    const { diff } = reviewOf(
      [manifestOf([{ resource: "crm", permissions: ["list:tag"] }])],
      [manifestOf([], { uncertain: ["an output was awaited at index.ts:3"] })],
    );

    assert.equal(describeVerdict(diff), "Cannot tell what changes; -1; 1 deleted");
  });
});

describe("the text for a terminal", () => {
  it("has a row for each permission under its client and scope", () => {
    const text = writeText(REVIEW, { colour: false });

    assert.equal(text.split("\n")[0], describeVerdict(REVIEW.diff));
    const all = PERMISSION_IDS.length;
    assert.ok(text.includes(`\n  "CRM sync"  broadened  1 of ${all} -> 3 of ${all}  index.ts:2\n`), text);
    assert.match(text, /^ {4}Export\n {6}\+ .+ {2}export:segment {2}critical: /m);
    assert.match(text, /^ {6}- .+ {2}export:segment {2}/m);
    assert.match(text, /^ {2}"Old name" -> "New name" {2}renamed/m);
    assert.match(text, /^ {4}~ secret: version 1 -> version 2$/m);
    assert.match(text, /^digest sha256:[0-9a-f]{64}$/m);
  });

  it("quotes names and labels so that none of them can end the quotes", () => {
    const name = 'a\\" -> "b';
    const review = reviewOf(
      [manifestOf([{ resource: "a", name: "a" }])],
      [manifestOf([{ resource: "a", name, publicKeys: { "x: none -> none": "ff" } }])],
    );

    const text = writeText(review, { colour: false });

    assert.match(text, /^ {2}"a" -> "a\\\\\\" -> \\"b" {2}/m);
    assert.match(text, /^ {4}~ key "x: none -> none": none -> ff$/m);
  });

  it("is in colour only when asked", () => {
    assert.ok(writeText(REVIEW, { colour: true }).includes("\u001b["));
    assert.ok(!writeText(REVIEW, { colour: false }).includes("\u001b"));
  });
});

describe("the markdown", () => {
  it("renders as tables: the permissions, the clients, and those that need no decision", () => {
    const { rows, text } = renderedMarkdown(writeMarkdown(REVIEW));
    const all = PERMISSION_IDS.length;

    assert.deepEqual(
      rows.map((row) => row.map((cell) => cell.replace(/ reference$/, ""))),
      [
        [
          "+",
          "Export",
          "Start a background export of a segment's devices or profiles",
          "export:segment",
          "critical: takes personal data out in bulk",
          "CRM sync",
          "prod",
        ],
        [
          "+",
          "Import",
          "Create user profiles and set their attributes",
          "import:profile",
          "high: writes personal data in bulk",
          "CRM sync",
          "prod",
        ],
        ["CRM sync (index.ts:2)", "broadened", `1 of ${all} -> 3 of ${all}+import:profile and +export:segment`, "prod"],
        [
          "Keys (index.ts:2)",
          "credentials changedsecret: version 1 to version 2",
          `0 of ${all} -> 0 of ${all}`,
          "prod",
        ],
        ["ETL (index.ts:2)", "narrowed", `2 of ${all} -> 1 of ${all}-export:segment`, "prod"],
        ["Gone", "narrowed, deleted", `1 of ${all} -> 0 of ${all}-info:task`, "prod"],
        ["Old name to New name (index.ts:2)", "renamed", `1 of ${all} -> 1 of ${all}`, "prod"],
      ],
    );
    assert.ok(text.includes("3 clients need no decision: 1 narrowed; 1 narrowed, deleted; 1 renamed"), text);
  });

  it("links each row to the line of the program when it has a URL", () => {
    const sourceAddress = (file: string, line: number) => `https://git.example/blob/abc/${file}#L${line}`;

    assert.ok(writeMarkdown(REVIEW, { sourceAddress }).includes("(https://git.example/blob/abc/index.ts#L2)"));
  });

  it("writes a position as code, also in a link, whatever the file name", () => {
    const source = "app/(index).ts) narrowed, waived by acme/security#5! Nothing to decide (x:1";
    const review = reviewOf([], [manifestOf([{ resource: "a", source }])]);
    const written =
      "<code>app&#47;(index)&#46;ts) narrowed, waived by acme&#47;security&#35;5&#33; Nothing to decide (x&#58;1</code>";
    const [plain, linked] = [{}, { sourceAddress: () => "https://git.example/index.ts#L1" }].map((options) =>
      writeMarkdown(review, options),
    );

    assert.ok(plain?.includes(` (${written})`), plain);
    assert.ok(linked?.includes(` ([${written}](https://git.example/index.ts#L1))`), linked);
    assert.ok(writeText(review, { colour: false }).includes(`  "${source}"\n`));
  });

  it("links to nothing outside of the program", () => {
    const sourceAddress = (file: string, line: number) => `https://git.example/blob/abc/${file}#L${line}`;
    const grown = manifestOf([{ resource: "a", permissions: ["list:tag"] }]);
    const [grant] = grown.grants;
    const grants = grant ? [{ ...grant, source: "../../../../evil/blob/main/index.ts:2" }] : [];
    const review = reviewOf([manifestOf([{ resource: "a" }])], [{ ...grown, grants }]);

    assert.doesNotMatch(writeMarkdown(review, { sourceAddress }), /\(https:\/\/git\.example/);
  });
});

describe("the JSON", () => {
  it("fits its own JSON Schema and holds the review", () => {
    const json = JSON.parse(writeJson(REVIEW));

    assert.deepEqual(json, REVIEW);
    const validate = new Ajv2020({ strict: false }).compile(JSON.parse(reviewSchema()));
    assert.equal(validate(json), true, JSON.stringify(validate.errors));
    assert.equal(validate({ ...json, version: 2 }), false);
  });
});

describe("the SARIF", () => {
  it("is valid 2.1.0, with a result for each thing gained", () => {
    const results = sarifResults(writeSarif(REVIEW));

    assert.deepEqual(
      results.map(({ ruleId, level }) => [ruleId, level]),
      [
        ["gains-high", "error"],
        ["gains-critical", "error"],
        ["changes-credentials", "warning"],
      ],
    );
    assert.deepEqual(results[0]?.locations[0].physicalLocation, {
      artifactLocation: { uri: "index.ts" },
      region: { startLine: 2 },
    });
  });

  it("writes paths relative to the root of the repository when the program is in a folder", () => {
    const [known] = sarifResults(writeSarif(REVIEW, "my infra/"));
    const uncertain = reviewOf([base], [{ ...base, uncertain: ["an invoke"] }]);
    const [unknown] = sarifResults(writeSarif(uncertain, "my infra/"));

    assert.equal(known?.locations[0].physicalLocation.artifactLocation.uri, "my%20infra/index.ts");
    assert.equal(unknown?.locations[0].physicalLocation.artifactLocation.uri, "my%20infra/Pulumi.yaml");
  });

  it("stays valid for any client name", () => {
    for (const name of HOSTILE_NAMES) {
      const results = sarifResults(writeSarif(named(name)));

      assert.equal(results.length, sarifResults(writeSarif(HARMLESS)).length);
    }
  });
});

describe("the annotations of GitHub Actions", () => {
  it("are one for the verdict and one for each line of the program at which something is gained", () => {
    const lines = writeAnnotations(REVIEW).trimEnd().split("\n");

    assert.deepEqual(lines, [
      `::warning title=Needs approval::${describeVerdict(REVIEW.diff)}`,
      '::warning file=index.ts,line=2,title=broadened; credentials changed::"CRM sync" +import:profile +export:segment; "Keys"',
    ]);
  });

  it("go to the gravest lines, and count the others", () => {
    const lines = writeAnnotations({ ...reviewOfMany(5, 40), program: "infra/" })
      .trimEnd()
      .split("\n");

    assert.equal(lines.length, 10);
    assert.match(lines[0] ?? "", /^::error title=Denied::Broadens access: .*; 11 more lines are in the summary$/);
    assert.equal(
      lines[1],
      '::error file=infra/index.ts,line=4,title=denied%3A broadened; broadened::"Integration 01" in 2 stacks +export:segment; "Integration 01" in 3 stacks +export:segment',
    );
    const [positions, ids] = [/file=([^,]*),line=(\d+)/, /\+[a-z]+:[a-z]+/].map((part) =>
      lines.slice(1).map((line) => part.exec(line)?.[0]),
    );
    assert.equal(new Set(positions).size, 9);
    assert.deepEqual(ids, [...Array(5).fill("+export:segment"), ...Array(4).fill("+import:profile")]);
  });
});

describe("the name of a stranger", () => {
  for (const name of HOSTILE_NAMES) {
    it(`does nothing to a reviewer: ${encodeURI(name.toWellFormed()).slice(0, 60)}`, () => assertHarmless(name));
  }

  it("does nothing to a reviewer, for any name", () => {
    const pieces = fc.constantFrom(...HOSTILE_NAMES.flatMap((name) => [...name]), ...HOSTILE_NAMES);
    fc.assert(
      fc.property(fc.array(pieces, { minLength: 1, maxLength: 8 }), (parts) => assertHarmless(parts.join(""))),
      { numRuns: 200 },
    );
  });
});

/** Every output has the same structure as with harmless names, and the same words outside of names. */
function assertHarmless(name: string): void {
  const review = named(name);
  assert.equal(describeVerdict(review.diff), describeVerdict(HARMLESS.diff));
  const [text, annotations] = [writeText(review, { colour: false }), writeAnnotations(review)];
  assert.deepEqual(shapeOf(review), HARMLESS_SHAPE);
  const outputs = [text, writeJson(review), writeSarif(review), writeMarkdown(review)];
  for (const output of outputs) {
    assert.doesNotMatch(output, /^\s*::/m);
    assertPrintable(output);
  }
  assertPrintable(annotations);
  assert.deepEqual(JSON.parse(writeJson(review)), JSON.parse(JSON.stringify(review)));
}

/** Our own words in the outputs: strangers' strings are in quotes, in code, or at the end of a line that starts with ours. */
function shapeOf(review: ReturnType<typeof named>) {
  const outside = (output: string) =>
    output
      .replace(/(?<=^::\w+ )file=[^,]*,line=\d+,/gm, "")
      .replace(/"(?:[^"\\\n]|\\.)*"/g, '"…"')
      .replace(/(^Not certain|^Note|not known):.*$/gm, "$1: …")
      .replace(/^digest .*$/m, "");
  const short = writeMarkdown(review, { room: { max: 6_000, measure: (lines) => 190 * lines.split("\n").length } });
  assert.match(short, /too long to show in full/);
  const trees = [writeMarkdown(review), short].map(markdownTree);
  return {
    text: outside(writeText(review, { colour: false })),
    annotations: outside(writeAnnotations(review)),
    structures: trees.map(structureOf),
    proses: trees.map((tree) => outside(proseIn(tree))),
  };
}

function proseIn(node: MarkdownNode): string {
  if (node.nodeName === "code") return "`…`";
  if ("value" in node) return node.value;
  return "childNodes" in node ? node.childNodes.map(proseIn).join("") : "";
}

/** Nothing steers a terminal, reverses text or looks like a command of the runner. */
function assertPrintable(output: string): void {
  // The word joiner is our own: it keeps a word from being a mention or a reference.
  assert.doesNotMatch(
    output.replaceAll("\n", "").replace(/(?<=@|#|GH-|&#64;|&#35;)\u2060/gi, ""),
    /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]|##\[/u,
  );
}

/** The elements in order, without their text, and every link. A mention outside of code would be an element. */
function structureOf(node: MarkdownNode): unknown[] {
  if (node.nodeName === "#text" && "value" in node) return /@\w/.test(node.value) ? ["a mention"] : [];
  const link = "attrs" in node ? node.attrs.map(({ name, value }) => `${name}=${value}`) : [];
  // GitHub makes no mentions inside code.
  const children = "childNodes" in node && node.nodeName !== "code" ? node.childNodes : childElements(node);
  return [node.nodeName, ...link, ...children.map(structureOf)].filter(
    (part) => !Array.isArray(part) || part.length > 0,
  );
}

function childElements(node: MarkdownNode): MarkdownNode[] {
  return "childNodes" in node ? node.childNodes.filter(({ nodeName }) => !OWN_INSIDE_CODE.includes(nodeName)) : [];
}
