// Unicode's own properties: control and format characters, halves of a surrogate pair, line and paragraph separators,
// and what a font may leave out, which covers the fillers of Hangul, variation selectors and tags. The braille blank
// and the other spaces are visible by their properties, and still look empty or like a plain space.
const HIDDEN =
  /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}[\p{Zs}--\u0020]\u115f\u1160\u2800\u3164\uffa0]/v;

// The scripts in which a joiner (U+200C, U+200D) changes what a word looks like: RFC 5892, appendix A, reduced to the
// letters and marks on both sides. After a virama a U+200D also ends a word.
const JOINING =
  /[[\p{L}\p{M}]&&[\p{scx=Arab}\p{scx=Syrc}\p{scx=Nkoo}\p{scx=Adlm}\p{scx=Deva}\p{scx=Beng}\p{scx=Guru}\p{scx=Gujr}\p{scx=Orya}\p{scx=Taml}\p{scx=Telu}\p{scx=Knda}\p{scx=Mlym}\p{scx=Sinh}\p{scx=Khmr}\p{scx=Mymr}]]/v;
const VIRAMA = /[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca]/v;

let compiled: RegExp | undefined;

/** Matches what belongs together although a part of it is hidden on its own, and hidden characters as the group. */
function scanner(): RegExp {
  // Compiled once it is needed: V8 takes about 20 ms for the sequences of RGI_Emoji. The lookahead spares every other
  // character the search among them.
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
 * Whether a string holds a character that cannot be seen, looks like a space, or steers a terminal or the direction of
 * a line.
 *
 * An emoji's own joiners and variation selectors are no such characters, nor are joiners between letters of scripts
 * that need them.
 *
 * @example
 * hasHidden("CRM\u00adsync"); // true: a soft hyphen
 * hasHidden("👩‍💻 می‌خواهم"); // false
 */
export function hasHidden(text: string): boolean {
  if (!HIDDEN.test(text)) return false;
  for (const [, hidden] of text.matchAll(scanner())) {
    if (hidden !== undefined) return true;
  }
  return false;
}

/** Writes each hidden character in another way. */
export function replaceHidden(text: string, write: (character: string) => string): string {
  if (!HIDDEN.test(text)) return text;
  return text.replace(scanner(), (match, hidden: string | undefined) => (hidden === undefined ? match : write(hidden)));
}

/** The same in pieces that must not be cut: one character, a written one, or an emoji of several. */
export function* piecesOf(text: string, write: (character: string) => string): Generator<string> {
  let end = 0;
  for (const { 0: match, 1: hidden, index } of text.matchAll(scanner())) {
    yield* text.slice(end, index);
    yield hidden === undefined ? match : write(hidden);
    end = index + match.length;
  }
  yield* text.slice(end);
}
