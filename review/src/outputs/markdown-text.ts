import { SENTENCE_MAX, visible } from "./visible";

/**
 * Writes a text of a stranger into markdown: as code, in which GitHub makes no mention, no reference and no link of it,
 * and with every sign as a character reference, which markdown never takes for structure (CommonMark, section 2.5).
 */
export function code(text: string, max?: number): string {
  return `<code>${referenced(visible(text, max))}</code>`;
}

/** Writes a text of our own, or a sentence of a rule, into a cell or a paragraph. */
export function plainText(text: string): string {
  return referenced(visible(text, SENTENCE_MAX).replaceAll("@", "@\u2060"));
}

/** A link to an address of the catalog or of the repository; another kind of address stays text. */
export function link(text: string, address: string): string {
  return linked(plainText(text), address);
}

/** The same, from a text of a stranger. */
export function codeLink(text: string, address: string): string {
  return linked(code(text), address);
}

function linked(written: string, address: string): string {
  return /^https:\/\/[\w.-]+(?::\d+)?\/[\w./~%#?&=+-]*$/.test(address) ? `[${written}](${address})` : written;
}

// What is left as it is has a meaning in markdown only at the beginning of a line, or beside a sign that is not left.
function referenced(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,;()'"?%+\u2060-]/gu, (character) => `&#${character.codePointAt(0)};`);
}
