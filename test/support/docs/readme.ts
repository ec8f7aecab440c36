import { readFileSync } from "node:fs";
import path from "node:path";

const README = path.resolve(__dirname, "../../../README.md");

/** The code blocks of one language in the README, in their order. */
function readmeBlocks(language: "ts" | "sh"): string[] {
  const text = readFileSync(README, "utf8");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].flatMap(([, found, code]) =>
    found === language ? [code ?? ""] : [],
  );
}

/** The code block of a language in the README that holds a text. */
export function readmeBlock(language: "ts" | "sh", text: string): string {
  const [block, ...others] = readmeBlocks(language).filter((each) => each.includes(text));
  if (block === undefined || others.length > 0) throw new Error(`not one ${language} block of README.md holds ${text}`);
  return block;
}
