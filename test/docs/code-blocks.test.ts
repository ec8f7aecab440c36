import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { userProgram } from "../support/docs/typescript-project";

const ROOT = path.resolve(__dirname, "../..");
const ROOMS = [
  "sdk",
  "provider",
  "backend",
  "review",
  "environments",
  "gateway",
  "examples",
  "scripts",
  "bench",
  "test",
];
const READMES = ROOMS.map((room) => `${room}/README.md`);
const DOCUMENTS = [...globSync(["*.md", "docs/**/*.md"], { cwd: ROOT }), ...READMES];

describe("the documents", () => {
  const blocks = DOCUMENTS.flatMap((file) => {
    const text = readFileSync(path.join(ROOT, file), "utf8");
    return [...text.matchAll(/^```ts\n(.*?)^```/gms)].map(([, source = ""], index) => ({ file, index, source }));
  });

  it("have programs to compile", () => {
    assert.ok(blocks.length >= 4, `${blocks.length} code blocks`);
  });

  for (const { file, index, source } of blocks) {
    it(`hold programs that compile: ${file}, block ${index + 1}`, () => {
      assert.deepEqual(userProgram(source).errors(), []);
    }).timeout(60_000);
  }

  for (const file of READMES) {
    it(`tell of a room in at most 15 lines: ${file}`, () => {
      // Its tables come after that, under headings of their own.
      const [text = ""] = readFileSync(path.join(ROOT, file), "utf8").split("\n## ");
      const lines = text.trimEnd().split("\n");

      assert.ok(lines.length <= 15, `${lines.length} lines`);
    });
  }

  for (const file of DOCUMENTS) {
    it(`link to files that are there: ${file}`, () => {
      const text = readFileSync(path.join(ROOT, file), "utf8");
      const links = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map(([, link = ""]) => link);

      const broken = links.filter((link) => globSync(path.join(path.dirname(file), link), { cwd: ROOT }).length === 0);

      assert.deepEqual(broken, []);
    });
  }
});
