import { readFile } from "node:fs/promises";
import { plainIssue } from "xtremepush-access/text";
import { type Document, isMap, isNode, isScalar, LineCounter, type Node, parseDocument } from "yaml";
import type { z } from "zod";
import { codeOf, refusal } from "../gateway-failure";
import { GatewayFile } from "./gateway-file";

/** So many mistakes are shown at once. */
const SHOWN_MAX = 5;

/** What stands in for a part of a `gateway.yaml`. */
export interface Replaced {
  /** The address of the backend; its token is then in `XTREMEPUSH_TOKEN`. */
  readonly backend?: string | undefined;
  readonly port?: number | undefined;
}

/**
 * Reads a `gateway.yaml`.
 *
 * @throws GatewayFailure that names the line and the column of each mistake, on a line of its own.
 */
export async function readGatewayFile(file: string, replaced: Replaced = {}): Promise<GatewayFile> {
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw refusal(`${file} cannot be read (${codeOf(error)}); write one, or name it with --config`);
  });
  return parseGatewayFile(text, file, replaced);
}

/** Parses the text of a `gateway.yaml`. @throws GatewayFailure that names the line and the column. */
export function parseGatewayFile(text: string, where: string, replaced: Replaced = {}): GatewayFile {
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
  const content = withReplaced(contentOf(document, where), replaced);
  if (content === null || content === undefined)
    throw refusal(`${where} is empty; it needs version, backend and projects`);
  const read = GatewayFile.safeParse(content);
  if (read.success) return withPort(read.data, replaced);
  const mistakes = read.error.issues
    .map((issue) => ({ offset: offsetOf(document, issue), text: sentenceOf(issue) }))
    .sort((one, other) => one.offset - other.offset)
    .slice(0, SHOWN_MAX)
    .map(({ offset, text }) => placed(where, lines.linePos(offset), text));
  throw refusal(mistakes.join("\n"));
}

/** Before the check, because a file for a backend that brings its own gateway names none. */
function withReplaced(content: unknown, { backend }: Replaced): unknown {
  if (backend === undefined || typeof content !== "object" || content === null || Array.isArray(content))
    return content;
  return { ...content, backend: { endpoint: backend, token: { variable: "XTREMEPUSH_TOKEN" } } };
}

function withPort(file: GatewayFile, { port }: Replaced): GatewayFile {
  return port === undefined ? file : { ...file, listen: { ...file.listen, port } };
}

function contentOf(document: Document, where: string): unknown {
  try {
    return document.toJS({ maxAliasCount: 50 });
  } catch (error) {
    if (error instanceof ReferenceError) throw refusal(`${where} uses more YAML aliases than a gateway needs`);
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
