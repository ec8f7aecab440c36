import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { startScript } from "../support/process/script-process";
import { blocksOf } from "./blocks";
import { CHAPTERS, FIRST } from "./chapters";
import { allGuides } from "./documents";
import { planOf } from "./plan";
import { missingLine } from "./shown";

const ROOT = path.resolve(__dirname, "../..");

describe("npm run test:guides", function () {
  this.timeout(60_000);

  it("says what it takes", async () => {
    const help = startScript("test/guides/main.ts", ["--help"]);

    assert.equal(await help.ended, 0);
    assert.match(help.output(), /npm run test:guides -- --only rotate /);
  });

  it("follows every guide", () => {
    const guides = globSync("docs/guides/*.md", { cwd: ROOT }).sort();

    assert.deepEqual(allGuides(), [FIRST, "docs/backend.md", "docs/operations.md", ...guides]);
    assert.deepEqual(
      Object.keys(CHAPTERS).filter((guide) => !allGuides().includes(guide)),
      [],
    );
  });

  for (const guide of allGuides()) {
    it(`does something with every block of ${guide}, or has a reason`, () => {
      planOf(guide, readFileSync(path.join(ROOT, guide), "utf8"), CHAPTERS[guide] ?? {});
    });
  }
});

describe("the plan of a guide", () => {
  const fence = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\`\n`;

  it("runs commands, leaves a backend running, writes files and compares what is shown", () => {
    const document = [
      fence("sh", "pulumi up"),
      fence("sh", "npx --no-install xtremepush-access-backend start --port 1"),
      fence("ts", "// index.ts\nexport {};"),
      fence("yaml", "# Pulumi.yaml\nname: a"),
      fence("", "+ 1 created"),
    ].join("\n");

    const kinds = planOf("a.md", document, {}).map((step) => (step.kind === "write" ? step.file : step.kind));

    assert.deepEqual(kinds, ["run", "start", "index.ts", "Pulumi.yaml", "compare"]);
  });

  it("refuses a block that nothing runs, and says what to write", () => {
    assert.throws(() => planOf("a.md", `text\n\n${fence("ts", "f();")}`, {}), {
      message:
        /^a\.md:3: nothing runs this block \(`ts`\)\. Name its file on its first line, .* or `skip` with the reason\./,
    });
  });

  it("refuses a note of a block that is not there, or of two", () => {
    const document = fence("sh", "one") + fence("sh", "another one");

    assert.throws(
      () => planOf("a.md", document, { notes: [{ block: "two", reason: "r" }] }),
      /: 0 blocks of a\.md hold "two"/,
    );
    assert.throws(
      () => planOf("a.md", document, { notes: [{ block: "one", reason: "r" }] }),
      /: 2 blocks of a\.md hold "one"/,
    );
  });

  it("reads blocks in lists and with longer fences", () => {
    const document = "1. a\n\n   ```sh\n   one\n     two\n   ```\n\n````sh title\n```\n````\n";

    assert.deepEqual(
      blocksOf(document).map(({ text, line }) => [text, line]),
      [
        ["one\n  two\n", 3],
        ["```\n", 8],
      ],
    );
  });
});

describe("what a guide shows", () => {
  it("is printed in its order, whatever is between, with other ids, times and blanks", () => {
    const printed = "made  xpc_bbbbbbbbbbbbbbbbbbbbbbbbbb at 2027-01-02T03:04:05.678Z\nmore\n  left:   1\n";

    assert.equal(
      missingLine("made xpc_aaaaaaaaaaaaaaaaaaaaaaaaaa at 2026-11-24T10:12:13.456Z\nleft: 1\n", printed),
      undefined,
    );
    assert.equal(missingLine("left: 1\n", "error: ApiClient crm: left: 1\n"), undefined);
    assert.equal(missingLine("made …\n…\nleft: …\n", printed), undefined);
  });

  it("is missing when a line differs, or comes earlier", () => {
    assert.equal(missingLine("a.c\n", "abc\n"), "a.c");
    assert.equal(missingLine("two\none\n", "one\ntwo\n"), "one");
    assert.equal(missingLine("one\none\n", "one\n"), "one");
  });
});
