import { visible } from "xtremepush-access/text";
import { displayWidth } from "./display-width";

/** The line width of this repository's programs. */
const LINE_WIDTH = 120;

/** A piece of source code: verbatim text, an object with its keys, or a list. */
export type Source =
  | string
  | { readonly object: readonly (readonly [key: string, value: Source])[] }
  | { readonly list: readonly Source[] };

/** Writes a value as formatters do: on one line if it fits between `before` and `after`, otherwise on several. */
export function render(source: Source, before: string, after: string): string {
  const whole = flat(source);
  if (whole !== null && displayWidth(before + whole + after) <= LINE_WIDTH) return before + whole + after;
  const indent = /^ */.exec(before)?.[0] ?? "";
  if (typeof source !== "string") return before + broken(source, indent) + after;
  // A string that is too long for its line goes to the next one, unless its key is so short that this gains nothing.
  const moves = /^["']/.test(source) && /^ *\S{5,}: $/.test(before);
  return moves ? `${before.trimEnd()}\n${indent}  ${source}${after}` : before + source + after;
}

/** Writes a string literal with the quotes that need fewer escapes. */
export function stringLiteral(text: string): string {
  const doubles = text.split('"').length;
  const singles = text.split("'").length;
  const quote = doubles > singles ? "'" : '"';
  const escaped = text
    .replaceAll("\\", "\\\\")
    .replaceAll(quote, `\\${quote}`)
    .replace(/[\n\r\t]/g, (character) => ESCAPES[character] ?? "");
  return quote + visible(escaped) + quote;
}

/** Writes a sentence as comments of whole words. */
export function commentLines(text: string): string {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && displayWidth(`${last} ${word}`) <= LINE_WIDTH)
      lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`// ${word}`);
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** Writes a multi-line string verbatim, for a PEM block. */
export function templateLiteral(text: string): string {
  const lines = text.replaceAll("\\", "\\\\").replaceAll("`", "\\`").replaceAll("${", "\\${").split("\n");
  return `\`${lines.map((line) => visible(line)).join("\n")}\``;
}

/** Writes the key of an object, quoted if necessary. */
export function propertyKey(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : stringLiteral(key);
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };

/** Writes a value on one line; null when it contains line breaks. */
function flat(source: Source): string | null {
  if (typeof source === "string") return source.includes("\n") ? null : source;
  if ("list" in source) {
    const items = source.list.map(flat);
    return items.includes(null) ? null : `[${items.join(", ")}]`;
  }
  const entries = source.object.map(([key, value]) => [key, flat(value)] as const);
  return entries.some(([, value]) => value === null)
    ? null
    : `{ ${entries.map(([key, value]) => (key === value ? key : `${key}: ${value}`)).join(", ")} }`;
}

function broken(source: Exclude<Source, string>, indent: string): string {
  const inner = `${indent}  `;
  if ("list" in source) {
    const items = source.list.map((item) => `${render(item, inner, ",")}\n`);
    return `[\n${items.join("")}${indent}]`;
  }
  const entries = source.object.map(([key, value]) => {
    return key === value ? `${inner}${key},\n` : `${render(value, `${inner}${key}: `, ",")}\n`;
  });
  return `{\n${entries.join("")}${indent}}`;
}
