// Control characters, halves of surrogate pairs, line and paragraph separators, marks that turn the direction of text,
// and everything else that shows nothing and in which a text can hide.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/** Longest name of a stranger that is printed whole, in characters. */
const VISIBLE_MAX = 160;
/** Longest sentence that holds names of strangers. */
export const SENTENCE_MAX = 1_000;

/**
 * Makes a text of a stranger harmless in one line: what cannot be seen, breaks the line or steers a terminal is written
 * as `\u{…}`, and too long a text is cut.
 */
export function visible(text: string, max: number = VISIBLE_MAX): string {
  const characters = [...text];
  const cut = characters.length > max ? `${characters.slice(0, max).join("")}…` : text;
  // The runner of GitHub Actions takes "##[" for a command anywhere in a line.
  return cut.replaceAll("##[", "#\\u{23}[").replace(HIDDEN, escaped);
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

/** A text of a stranger in quotes that it cannot end. */
export function quoted(text: string, max?: number): string {
  return `"${visible(text.replace(/[\\"]/g, "\\$&"), max)}"`;
}

/** A path, an id or the like between words of ours: in quotes, unless it is made of one word that needs none. */
export function word(text: string): string {
  return /^[\w./:-]+$/.test(text) ? visible(text) : quoted(text);
}

/** The same as JSON text: every hidden character as JSON writes it, and no workflow command in it. */
export function visibleJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)
    .replaceAll("##[", "\\u0023#[")
    .replace(HIDDEN, (character) => (character === "\n" ? character : jsonEscaped(character)))}\n`;
}

function jsonEscaped(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    return `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`;
  }).join("");
}
