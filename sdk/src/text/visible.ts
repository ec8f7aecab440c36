import { piecesOf, replaceHidden } from "./hidden";

/** More UTF-16 units than the longest emoji has, so that none is cut before it is recognized. */
const LONGEST_PIECE = 64;

/**
 * Makes a stranger's string harmless on one line: each hidden character is written as `\u{…}`.
 *
 * A string without hidden characters stays as it is, so that calling it twice changes nothing.
 *
 * @param max Longest result, in code points; a longer one ends in `…`, never within an escape or an emoji.
 * @example
 * visible("CRM\n"); // "CRM\\u{a}"
 */
export function visible(text: string, max: number = Number.POSITIVE_INFINITY): string {
  // Each code point has one or two UTF-16 units, and none becomes shorter.
  if (text.length > 2 * max + LONGEST_PIECE) return cut(text.slice(0, 2 * max + LONGEST_PIECE), max);
  const shown = replaceHidden(text, escaped);
  return shown.length > max && codePoints(shown) > max ? cut(text, max) : shown;
}

/**
 * The same in double quotes, which the string itself cannot end.
 *
 * @param max Longest result between the quotes, in code points.
 * @example
 * quoted('The "CRM"'); // '"The \\"CRM\\""'
 */
export function quoted(text: string, max?: number): string {
  return `"${visible(text.replace(/[\\"]/g, "\\$&"), max)}"`;
}

/**
 * The same for a message of several lines, which stay lines: `visible` for each, so quote what may hold a new line.
 *
 * @param max Longest line of the result, in code points.
 */
export function visibleLines(text: string, max?: number): string {
  return text
    .split("\n")
    .map((line) => visible(line, max))
    .join("\n");
}

/**
 * A path, an id or a short name between other words: in quotes unless it is one plain word.
 *
 * @param max Longest result, without quotes and in code points.
 */
export function word(text: string, max?: number): string {
  return /^[\w.@:/+$-]+$/.test(text) ? visible(text, max) : quoted(text, max);
}

/**
 * A value of any kind on one line: a string in quotes, anything else as JSON.
 *
 * @param max Longest result, without quotes and in code points.
 */
export function visibleValue(value: unknown, max?: number): string {
  return typeof value === "string" ? quoted(value, max) : visible(JSON.stringify(value ?? null), max);
}

/** A value as indented JSON, with each hidden character as JSON writes it. */
export function visibleJson(value: unknown): string {
  return visibleJsonText(JSON.stringify(value, null, 2));
}

/** The same for what is JSON already; its new lines stay. */
export function visibleJsonText(json: string): string {
  return replaceHidden(json, (character) => (character === "\n" ? character : jsonEscaped(character)));
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
  for (const piece of piecesOf(text, escaped)) {
    left -= codePoints(piece);
    if (left < 0) break;
    shown += piece;
  }
  return `${shown}…`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
