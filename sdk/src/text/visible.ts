import { piecesOf, replaceHidden } from "./hidden";

/** More UTF-16 units than the longest emoji has, so that no emoji is cut before it is recognized. */
const LONGEST_PIECE = 64;

/**
 * Makes an untrusted string safe to print on one line: writes each hidden character as `\u{…}`.
 *
 * A string without hidden characters does not change, so a second call has no effect.
 *
 * @param max Maximum length of the result, in code points; a longer one ends with `…`, never inside an escape or an
 * emoji.
 * @example
 * visible("CRM\n"); // "CRM\\u{a}"
 */
export function visible(text: string, max: number = Number.POSITIVE_INFINITY): string {
  // A code point has one or two UTF-16 units, and none becomes shorter.
  if (text.length > 2 * max + LONGEST_PIECE) return cut(text.slice(0, 2 * max + LONGEST_PIECE), max);
  const shown = replaceHidden(text, escapeHidden);
  return shown.length > max && codePoints(shown) > max ? cut(text, max) : shown;
}

/**
 * Like `visible`, in double quotes, which the string itself cannot close.
 *
 * @param max Maximum length between the quotes, in code points.
 * @example
 * quoted('The "CRM"'); // '"The \\"CRM\\""'
 */
export function quoted(text: string, max?: number): string {
  return `"${visible(text.replace(/[\\"]/g, "\\$&"), max)}"`;
}

/**
 * Like `visible`, for each line of a message; quote any part that may contain a line break.
 *
 * @param max Maximum length of a line, in code points.
 */
export function visibleLines(text: string, max?: number): string {
  return text
    .split("\n")
    .map((line) => visible(line, max))
    .join("\n");
}

/**
 * A path, an ID or a short name in a sentence: in quotes unless it is one plain word.
 *
 * @param max Maximum length without quotes, in code points.
 */
export function word(text: string, max?: number): string {
  return /^[\w.@:/+$-]+$/.test(text) ? visible(text, max) : quoted(text, max);
}

/**
 * A value of any kind on one line: a string in quotes, anything else as JSON.
 *
 * @param max Maximum length without quotes, in code points.
 */
export function visibleValue(value: unknown, max?: number): string {
  return typeof value === "string" ? quoted(value, max) : visible(JSON.stringify(value ?? null), max);
}

/** A value as indented JSON, with each hidden character as a JSON escape. */
export function visibleJson(value: unknown): string {
  return visibleJsonText(JSON.stringify(value, null, 2));
}

/** Like `visibleJson`, for text that is already JSON; keeps its line breaks. */
export function visibleJsonText(json: string): string {
  // Line by line, so that the lines without hidden characters, nearly all, take no search for emoji.
  return json
    .split("\n")
    .map((line) => replaceHidden(line, escapeAsJson))
    .join("\n");
}

/** The length of a string as PostgreSQL counts it. */
export function codePoints(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}

function cut(text: string, max: number): string {
  let shown = "";
  let left = max - 1;
  for (const piece of piecesOf(text, escapeHidden)) {
    left -= codePoints(piece);
    if (left < 0) break;
    shown += piece;
  }
  return `${shown}…`;
}

function escapeHidden(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function escapeAsJson(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
