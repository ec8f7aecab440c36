import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { writeMarkdown } from "../../../review/src/outputs/markdown";
import { code, plainText } from "../../../review/src/outputs/markdown-text";
import { HOSTILE_NAMES } from "../../support/review/hostile-names";
import { manifestOf } from "../../support/review/manifests";
import { type MarkdownNode, markdownTree } from "../../support/review/rendered-markdown";
import { reviewOf } from "../../support/review/reviews";

const NAMES = HOSTILE_NAMES.map((name) => name.replace(/\s+/g, " "));

/** The texts in which GFM looks for addresses after it has read everything else. */
function textsIn(node: MarkdownNode): string[] {
  if ("value" in node) return [node.value];
  return "childNodes" in node ? node.childNodes.flatMap(textsIn) : [];
}

describe("what strangers write into a comment", () => {
  it("holds no address that GFM makes a link of after it has read the text", () => {
    for (const name of NAMES) {
      const texts = [code(name), plainText(name)].flatMap((markdown) => textsIn(markdownTree(markdown)));

      // A local part, an @ and a domain with a dot: https://github.github.com/gfm/#extended-email-autolink
      assert.deepEqual(
        texts.filter((text) => /[\w.+-]@[\w.-]*\w\.\w/.test(text)),
        [],
        name,
      );
    }
  });

  it("becomes no link and no element in cmark-gfm, whose GFM is GitHub's (not run where it is not installed)", function () {
    if (spawnSync("cmark-gfm", ["--version"]).error !== undefined) this.skip();
    for (const name of NAMES) {
      const input = [code(name), `Because ${plainText(name)}`].join("\n\n");
      const args = ["--unsafe", ...["table", "strikethrough", "autolink", "tasklist"].flatMap((each) => ["-e", each])];
      const { stdout } = spawnSync("cmark-gfm", args, { input, encoding: "utf8" });

      const elements = [...stdout.matchAll(/<([a-z]\w*)/g)].map(([, element]) => element);
      assert.deepEqual(elements, ["p", "code", "p"], stdout);
    }
  });

  it("mentions nobody and refers to nothing outside of code", () => {
    assert.equal(
      plainText("fixes #12 by @ann, GH-3 and o/r#4; it's 100% #fine").replaceAll("\u2060", "|"),
      ["fixes &#35;|12 by &#64;|ann, GH-|3 and o&#47;r&#35;|4; it's 100% &#35;fine"].join(),
    );
  });

  it("is no address of a permission's page unless the catalog has it", () => {
    const review = reviewOf(
      [manifestOf([{ resource: "a" }])],
      [manifestOf([{ resource: "a", permissions: ["import:profile"] }])],
    );
    const forged = structuredClone(review);
    for (const { permissions } of forged.diff.environments[0]?.clients ?? []) {
      for (const row of permissions) row.reference = "https://evil.example/login";
    }

    assert.match(writeMarkdown(review), /\[reference\]\(https:/);
    assert.doesNotMatch(writeMarkdown(forged), /\]\(/);
  });
});
