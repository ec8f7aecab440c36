import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { permissionListAt } from "../../../review/src/unused/permission-list";
import { isShortened, shorten } from "../../../review/src/unused/shorten";
import { unifiedDiff } from "../../../review/src/unused/unified-diff";
import { removeTemporaryFolders, temporaryFolder } from "../../support/process/temporary-folder";

/** The text without these permissions in the list of the resource at a line. */
function without(text: string, unused: readonly string[], line = 1): string {
  return shorten(text, [shorterAt(text, unused, line)])
    .flatMap(({ young }) => (young === null ? [] : [young]))
    .join("\n");
}

function shorterAt(text: string, unused: readonly string[], line = 1) {
  const list = permissionListAt(text, line);
  assert.ok(!("why" in list), JSON.stringify(list));
  return { ...list, unused: new Set(unused) };
}

const grant = (list: string) => `new ScopeGrant("crm", { client: crm, permissions: ${list} });\n`;

describe("a shorter list of permissions", () => {
  after(() => removeTemporaryFolders());

  for (const [title, before, unused, after] of [
    [
      "loses one in the middle",
      '["list:tag", permissions.list.profile, "info:task"]',
      ["list:profile"],
      '["list:tag", "info:task"]',
    ],
    ["loses the first", '["list:tag", "info:task"]', ["list:tag"], '["info:task"]'],
    ["loses the last with the comma before it", '["list:tag", "info:task"]', ["info:task"], '["list:tag"]'],
    ["loses the last two", '["list:tag", "info:task", "list:segment"]', ["info:task", "list:segment"], '["list:tag"]'],
    [
      "leaves no spaces at the end",
      '["list:tag", "info:task",\n "list:segment"]',
      ["info:task"],
      '["list:tag",\n "list:segment"]',
    ],
    ["loses all", "['list:tag', permissions.info.task]", ["list:tag", "info:task"], "[]"],
    [
      "loses whole lines with their comments",
      '[\n  "list:tag", // for the menu\n  "info:task",\n]',
      ["list:tag"],
      '[\n  "info:task",\n]',
    ],
    ["keeps a comma that may stand last", '[\n  "list:tag",\n  "info:task"\n]', ["info:task"], '[\n  "list:tag",\n]'],
    ["loses one that is written twice", '["list:tag", "info:task", "list:tag"]', ["list:tag"], '["info:task"]'],
    [
      "loses a line with the comma before it",
      '[\n  "list:tag"\n  , "info:task" // why\n]',
      ["info:task"],
      '[\n  "list:tag"\n]',
    ],
    [
      "keeps the comma behind a comment",
      '["info:task", /* x */ "list:tag" /* y */, "list:segment"]',
      ["list:tag"],
      '["info:task" /* y */, "list:segment"]',
    ],
    ["is the same without any", '["list:tag"]', ["info:task"], '["list:tag"]'],
  ] as const) {
    it(title, () => {
      assert.equal(without(grant(before), unused), grant(after));
      assert.ok(isShortened(grant(before), 1, shorterAt(grant(before), unused)));
    });
  }

  for (const [title, list] of [
    ["a comment before the comma", '[permissions.list.tag /* x */, "info:task"]'],
    ["a comma at the start of the next line", '[\n  "list:tag"\n  , "info:task"\n]'],
    ["a comma on a line of its own", '["list:tag"\n  ,\n"info:task"\n]'],
    ["a name on several lines", '["info:task", permissions\n  .list\n  .tag,\n]'],
    ["a first name on several lines", '[\n  permissions\n  .list\n  .tag,\n  "info:task"\n]'],
    ["a last name on several lines", '[\n  "info:task",\n  permissions.list\n  .tag\n]'],
  ] as const) {
    it(`is not written with ${title}`, () => {
      assert.equal(isShortened(grant(list), 1, shorterAt(grant(list), ["list:tag"])), false);
    });
  }

  it("is found behind templates, patterns and comments, at the line of its `new`", () => {
    const text = [
      'const a = `new ScopeGrant({ permissions: [1] })`; const b = /[/]new "/.test(a);',
      "// new ScopeGrant({ permissions: [2] })",
      'export const g = [1].map(() => new x.Integration("crm", {',
    ].join("\n");
    const found = without(`${text}\n  permissions: ["list:tag", "info:task"] }));\n`, ["list:tag"], 3);

    assert.ok(found.endsWith('  permissions: ["info:task"] }));\n'));
  });

  for (const [title, text, why, line] of [
    ["a select", grant('select({ access: "read" })'), "its permissions are computed", 1],
    ["a shared constant", grant("SHARED"), "its permissions are computed", 1],
    ["a concatenation", grant('["list:tag"].concat(more)'), "its permissions are computed", 1],
    ["a spread", grant('[\n  "list:tag",\n  ...SHARED,\n]'), "a part of its list is computed", 3],
    ["a hole", grant('["list:tag",\n , "info:task"]'), "a part of its list is computed", 2],
    ["a condition", grant('[isProd ? "list:tag" : "info:task"]'), "a part of its list is computed", 1],
    ["an unknown name", grant("[permissions.list.nothing]"), "a part of its list is computed", 1],
    ["a shorthand", 'new ScopeGrant("crm", { client, permissions });\n', "this line has no `permissions: [...]`", 1],
    [
      "two on a line",
      `${grant('["list:tag"]').trim()} ${grant('["list:tag"]')}`,
      "this line makes several resources",
      1,
    ],
    [
      "another list inside",
      'new ScopeGrant("crm", { client: f({ permissions: ["list:tag"] }) });\n',
      "this line has no `permissions: [...]`",
      1,
    ],
  ] as const) {
    it(`is not written for ${title}`, () => {
      assert.deepEqual(permissionListAt(text, 1), { why, line });
    });
  }

  it("applies as a patch, whatever the layout and the end of the file", () => {
    const ids = ["list:tag", "info:task", "list:segment", "list:profile", "export:segment"];
    const folder = temporaryFolder();
    const file = path.join(folder, "index.ts");
    execFileSync("git", ["init", "--quiet"], { cwd: folder });
    const layout = fc.record({
      listed: fc.shuffledSubarray(ids, { minLength: 1 }),
      unused: fc.subarray(ids, { minLength: 1 }),
      separators: fc.array(fc.constantFrom(", ", ",\n  ", ",", ", // why\n  "), { minLength: 5, maxLength: 5 }),
      ends: fc.constantFrom("", ",", ",\n", "\n"),
      lead: fc.constantFrom("", "// one\n", "\n\n\n\n\n"),
      tail: fc.constantFrom("", "\n", "\n// more", "\r\n// more\r\n"),
    });
    fc.assert(
      fc.property(layout, ({ listed, unused, separators, ends, lead, tail }) => {
        const items = listed
          .map((id, index) => `"${id}"${index < listed.length - 1 ? separators[index] : ends}`)
          .join("");
        const text = `${lead}new ScopeGrant("crm", { permissions: [\n  ${items}] });${tail}`;
        const line = lead.split("\n").length;
        const changes = shorten(text, [shorterAt(text, unused, line)]);
        const patch = unifiedDiff("index.ts", changes);
        writeFileSync(file, text);
        if (patch !== "") execFileSync("git", ["apply", "-"], { cwd: folder, input: patch, stdio: "pipe" });
        const written = readFileSync(file, "utf8");
        assert.equal(written, changes.flatMap(({ young }) => young ?? []).join("\n"));
        const left = permissionListAt(written, line);
        assert.ok(!("why" in left), written);
        assert.deepEqual(
          left.elements.map(({ permission }) => permission),
          listed.filter((id) => !unused.includes(id)),
          written,
        );
      }),
      { numRuns: 60 },
    );
  });
});
