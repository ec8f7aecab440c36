// From Unicode's own properties: control and format characters, halves of surrogate pairs, line and paragraph
// separators, and default ignorable code points, which include Hangul fillers, variation selectors and tags. The
// braille blank and the other spaces count as visible there, but look empty or like a plain space.
const HIDDEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}[\p{Zs}--\u0020]\u2800]/v;

/** Control characters, which no text contains, for a class in a regular expression of any language. */
export const CONTROL = String.raw`\u0000-\u001f\u007f-\u009f`;
/** The same, but for the tabs and line feeds of prose. */
export const CONTROL_OF_PROSE = String.raw`\u0000-\u0008\u000b-\u001f\u007f-\u009f`;

// The scripts in which a joiner (U+200C, U+200D) changes how a word looks: RFC 5892, appendix A, reduced to the letters
// and marks on both sides. After a virama, U+200D may also end a word.
const JOINING =
  /[[\p{L}\p{M}\p{Nd}]&&[\p{scx=Arab}\p{scx=Syrc}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]]/v;
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]/v;

let compiled: RegExp | undefined;

/** Matches sequences that may contain a hidden character, such as an emoji, and captures any other hidden character. */
function scanner(): RegExp {
  // Compiled on first use: V8 needs about 20 ms for the sequences of RGI_Emoji. The lookahead skips that search for
  // every other character.
  compiled ??= new RegExp(
    [
      String.raw`(?=\p{Emoji})\p{RGI_Emoji}`,
      `(?<=${JOINING.source})[\\u200c\\u200d]${JOINING.source}`,
      `(?<=${VIRAMA.source})\\u200d`,
      `(${HIDDEN.source})`,
    ].join("|"),
    "gv",
  );
  return compiled;
}

/**
 * Whether a string contains a character that is invisible, looks like a space, or controls a terminal or the direction
 * of a line.
 *
 * Joiners and variation selectors inside an emoji do not count, nor do joiners between letters of scripts that need
 * them.
 *
 * @example
 * hasHidden("CRM\u00adsync"); // true: a soft hyphen
 * hasHidden("👩‍💻 می‌خواهم"); // false
 */
export function hasHidden(text: string): boolean {
  return findHidden(text) !== undefined;
}

/** The first hidden character of a string; undefined when it has none. */
export function findHidden(text: string): string | undefined {
  if (!HIDDEN.test(text)) return undefined;
  for (const [, hidden] of text.matchAll(scanner())) {
    if (hidden !== undefined) return hidden;
  }
  return undefined;
}

/** Writes each space as U+0020: prose in French or Japanese has others. */
export function plainSpaces(text: string): string {
  return text.replace(/\p{Zs}/gu, " ");
}

/** Replaces each hidden character. */
export function replaceHidden(text: string, write: (character: string) => string): string {
  if (!HIDDEN.test(text)) return text;
  return text.replace(scanner(), (match, hidden: string | undefined) => (hidden === undefined ? match : write(hidden)));
}

/** Like `replaceHidden`, but yields pieces that must not be cut: a character, a replacement, or a whole emoji. */
export function* piecesOf(text: string, write: (character: string) => string): Generator<string> {
  let end = 0;
  for (const { 0: match, 1: hidden, index } of text.matchAll(scanner())) {
    yield* text.slice(end, index);
    yield hidden === undefined ? match : write(hidden);
    end = index + match.length;
  }
  yield* text.slice(end);
}
