import { isUtf8 } from "node:buffer";
import type { ByBody } from "./endpoints";

/** The member that carries the vendor's credential: only the gateway may set it. */
const APP_TOKEN = "apptoken";
/** More members than any call has; each is compared. */
const MEMBERS_MAX = 1_000;

/** A body that is a JSON object. */
export interface JsonBody {
  readonly bytes: Buffer;
  readonly value: Readonly<Record<string, unknown>>;
  readonly members: ReadonlySet<string>;
  /** Where its first brace is. */
  readonly open: number;
}

/**
 * Reads a body only to decide; its bytes are what is sent on. What another parser could read in another way is refused.
 *
 * @returns what is wrong with it, or the body.
 */
export function readBody(bytes: Buffer, depthMax: number): JsonBody | string {
  if (bytes.length === 0) return "the body is empty; send a JSON object, at least {}";
  if (!isUtf8(bytes)) return "the body is not valid UTF-8";
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "the body begins with a byte order mark";
  const open = firstOf(bytes);
  if (bytes[open] !== BRACE) return "the body is not a JSON object";
  const keys = scan(bytes, open, depthMax);
  if (typeof keys === "string") return keys;
  const value = parse(bytes);
  if (value === undefined) return "the body is not valid JSON";
  const members = new Set<string>();
  for (const key of keys) {
    const name = nameOf(key);
    if (members.has(name)) return "the body has a member more than once";
    if (isAppToken(name)) return "the body has an apptoken; the gateway sends its own, so leave it out";
    members.add(name);
  }
  return { bytes, value, members, open };
}

/** The scan has found the same strings as the parser, because the parser has taken all of it. */
function nameOf(key: string): string {
  return key.includes("\\") ? String(JSON.parse(key)) : key.slice(1, -1);
}

/**
 * Whether a body has one item or many.
 *
 * @returns what is wrong with a body that could be read as either.
 */
export function amountOf({ value, members }: JsonBody, { list, item }: ByBody): "one" | "many" | { problem: string } {
  for (const member of members) {
    if (member !== list && member.toLowerCase() === list.toLowerCase())
      return { problem: `write ${list} in lower case` };
  }
  if (members.has(list)) {
    if (!Array.isArray(value[list])) return { problem: `${list} is not a list` };
    if (item !== null && members.has(item))
      return { problem: `the body has both ${item} and ${list}; send one of them` };
    return "many";
  }
  return item !== null && Array.isArray(value[item]) ? "many" : "one";
}

/** Also what a lenient reader could take for it: other cases, spaces, or letters of other widths. */
function isAppToken(name: string): boolean {
  if (/^[a-z0-9]*$/.test(name)) return name === APP_TOKEN;
  const plain = name
    .normalize("NFKC")
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "");
  return plain === APP_TOKEN;
}

function parse(bytes: Buffer): Readonly<Record<string, unknown>> | undefined {
  try {
    // It begins with a brace, so it is an object.
    return JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const [QUOTE, BACKSLASH, COMMA, BRACE, BRACE_END, BRACKET, BRACKET_END] = Buffer.from('"\\,{}[]');

/** By how many levels each byte goes deeper; after a comma on the first level comes a name. */
const LEVELS: ReadonlyMap<number | undefined, number> = new Map([
  [BRACE, 1],
  [BRACKET, 1],
  [BRACE_END, -1],
  [BRACKET_END, -1],
  [COMMA, 0],
]);

function firstOf(bytes: Buffer): number {
  let index = 0;
  while (index < bytes.length && isSpace(bytes[index])) index += 1;
  return index;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;
}

/** Finds the names of the members of the outermost object, as they are written, and how deep it goes. */
function scan(bytes: Buffer, open: number, depthMax: number): string[] | string {
  const keys: string[] = [];
  let depth = 0;
  let isName = false;
  for (let index = open; index < bytes.length; index += 1) {
    const byte = bytes[index] ?? 0;
    if (byte === QUOTE) {
      const end = endOfString(bytes, index);
      if (isName) keys.push(bytes.toString("utf8", index, end + 1));
      isName = false;
      index = end;
    } else if (LEVELS.has(byte)) {
      depth += LEVELS.get(byte) ?? 0;
      if (depth > depthMax) return `the body nests deeper than ${depthMax} levels`;
      isName = depth === 1 && byte !== BRACE_END && byte !== BRACKET_END;
    }
  }
  return keys.length > MEMBERS_MAX ? `the body has more than ${MEMBERS_MAX} members` : keys;
}

function endOfString(bytes: Buffer, start: number): number {
  for (let index = start + 1; index < bytes.length; index += 1) {
    if (bytes[index] === BACKSLASH) index += 1;
    else if (bytes[index] === QUOTE) return index;
  }
  return bytes.length;
}
