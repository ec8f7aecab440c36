import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../..");
const HOME = "sdk/src/text/hidden.ts";

/** A property or an escape that only a class of hidden characters, or a piece of one, needs. */
const HIDDEN =
  /\\p\{(?:C[cfs]|Z[lps]|Default_Ignorable_Code_Point|DI)\}|\\u(?:\{?(?:200[bef]|202[89a-e]|206[0-9]|feff|00ad)\b)|\\x1b|\\u001b|\\u0000-/i;
/** Where such a character is written on purpose and not looked for. */
const WRITERS: readonly string[] = [
  // A word joiner keeps an @ from being a mention.
  "review/src/outputs/markdown-text.ts",
];

describe("the class of hidden characters", () => {
  it("is written once, so that what one room refuses no other prints", () => {
    const files = execFileSync("git", ["ls-files", "*.ts", ":!test"], { cwd: ROOT, encoding: "utf8" }).split("\n");
    const found = files.filter(
      (file) => file !== "" && !WRITERS.includes(file) && HIDDEN.test(readFileSync(path.join(ROOT, file), "utf8")),
    );

    assert.deepEqual(found, [HOME]);
  });
});
