import { readFile } from "node:fs/promises";
import path from "node:path";
import { plainIssue } from "xtremepush-access/text";
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { refusal } from "../environment-failure";
import { ACCESS_ENV_FILE, AccessEnv } from "./access-env";

/** How many mistakes are shown; the rest shows when these are corrected. */
const SHOWN_MAX = 5;

/**
 * Reads the `access-env.yaml` of a folder.
 *
 * @throws EnvironmentFailure that names the line and the column of what is wrong, each mistake on a line of its own.
 */
export async function readAccessEnv(folder: string): Promise<AccessEnv> {
  const file = path.join(folder, ACCESS_ENV_FILE);
  const text = await readFile(file, "utf8").catch(() => {
    throw refusal(`${file} cannot be read; write one beside Pulumi.yaml, or name that folder with --program`);
  });
  return parseAccessEnv(text, file);
}

/** Parses the text of an `access-env.yaml`. @throws EnvironmentFailure that names the line and the column. */
export function parseAccessEnv(text: string, where: string): AccessEnv {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    strict: true,
    uniqueKeys: true,
    prettyErrors: false,
    logLevel: "error",
    lineCounter: lines,
  });
  const [broken] = document.errors;
  if (broken !== undefined) {
    const [start] = broken.pos;
    // The place of a repeated key is where the entry before it ends.
    const blank = text.slice(start).search(/\S|$/);
    throw refusal(placed(where, lines.linePos(start + blank), `is not valid YAML: ${broken.message}`));
  }
  const content = contentOf(document, where);
  if (content === null || content === undefined) throw refusal(`${where} is empty; name at least one environment`);
  const read = AccessEnv.safeParse(content);
  if (read.success) return read.data;
  const mistakes = read.error.issues
    .map((issue) => ({ offset: offsetOf(document, issue), text: sentenceOf(issue) }))
    .sort((one, other) => one.offset - other.offset)
    .slice(0, SHOWN_MAX)
    .map(({ offset, text }) => placed(where, lines.linePos(offset), text));
  throw refusal(mistakes.join("\n"));
}

function contentOf(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (error instanceof ReferenceError) throw refusal(`${where} uses more YAML aliases than environments need`);
    throw error;
  }
}

function placed(where: string, { line, col }: { readonly line: number; readonly col: number }, what: string): string {
  return `${where}:${line}:${col}: ${what}`;
}

/** A key of a record has its own reason one level below. */
function sentenceOf(issue: z.core.$ZodIssue): string {
  const [inner] = issue.code === "invalid_key" ? issue.issues : [];
  const field = issue.path.map(String).join(".");
  return `${field}${field === "" ? "" : ": "}${plainIssue((inner ?? issue).message)}`;
}

/** Where the key or the value is that an issue is about, else what is around it. */
function offsetOf(document: Document, issue: z.core.$ZodIssue): number {
  const [unknown] = issue.code === "unrecognized_keys" ? issue.keys : [];
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  for (let length = path.length; length > 0; length -= 1) {
    const offset = keyOffset(document, path.slice(0, length)) ?? valueOffset(document, path.slice(0, length));
    if (offset !== undefined) return offset;
  }
  return document.contents?.range?.[0] ?? 0;
}

function keyOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (!isMap(parent)) return undefined;
  const pair = parent.items.find(({ key }) => isScalar(key) && String(key.value) === String(path.at(-1)));
  return isNode(pair?.key) ? startOf(pair.key) : undefined;
}

function valueOffset(document: Document, path: readonly PropertyKey[]): number | undefined {
  const node = document.getIn(path, true);
  return isNode(node) ? startOf(node) : undefined;
}

function startOf({ range }: Node): number | undefined {
  return range?.[0];
}
