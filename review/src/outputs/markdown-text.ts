import { SENTENCE_MAX, visible } from "./visible";

/**
 * Writes a stranger's string into markdown. GitHub turns no mention or reference inside code into a link, and markdown never
 * reads a character reference as structure (CommonMark, section 2.5). But GFM looks for email addresses, also those after
 * `mailto:` and `xmpp:`, in the text that results. A comment after the @ ends that text, and is not copied with a name.
 */
export function code(text: string, max?: number): string {
  const [first = "", ...rest] = visible(text, max).split("@");
  return `<code>${[escapeCharacters(first), ...rest.map(escapeCharacters)].join("&#64;<!-- -->")}</code>`;
}

/** Writes a sentence of this package or of a rule into a cell or a paragraph, without mentions and references. */
export function plainText(text: string): string {
  return escapeCharacters(visible(text, SENTENCE_MAX).replace(/@|#(?=\d)|\bGH-(?=\d)/gi, "$&\u2060"));
}

/** Writes a link to an `https:` address. Any other address is left out, and its text stays. */
export function link(text: string, address: string): string {
  return writeLink(plainText(text), address);
}

/** The same for a stranger's string. */
export function codeLink(text: string, address: string): string {
  return writeLink(code(text), address);
}

function writeLink(text: string, address: string): string {
  return /^https:\/\/[\w.-]+(?::\d+)?\/[\w./~%#?&=+-]*$/.test(address) ? `[${text}](${address})` : text;
}

// The characters that stay have a meaning in markdown only at the start of a line or next to one that does not stay.
function escapeCharacters(text: string): string {
  return text.replace(/[^\p{L}\p{N} ,;()'"?%+\u2060-]/gu, (character) => `&#${character.codePointAt(0)};`);
}
