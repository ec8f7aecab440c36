import { readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../../..");

/** The code block of a language in a document that holds a text, also one in a list. */
export function fencedBlock(file: string, language: string, text: string): string {
  const document = readFileSync(path.join(ROOT, file), "utf8");
  const blocks = [...document.matchAll(/^( *)```(\w*)\n(.*?)^\1```$/gms)].flatMap(([, indent, found, code = ""]) =>
    found === language && code.includes(text) ? [code.replaceAll(new RegExp(`^${indent}`, "gm"), "")] : [],
  );
  const [block, ...others] = blocks;
  if (block === undefined || others.length > 0) throw new Error(`not one ${language} block of ${file} holds ${text}`);
  return block;
}
