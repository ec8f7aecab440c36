// Control characters, halves of a surrogate pair, line and paragraph separators, and what has no width or turns the
// direction of text; the joiners within an emoji (U+200C, U+200D) are left.
const HOSTILE = /(?![\u200c\u200d])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;

/** Text that a stranger chose, on one line and safe to read: what could move the cursor or hide text is spelled out. */
export function plain(text: string): string {
  return text.replace(HOSTILE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** `1 client`, `1,300 clients`. */
export function count(amount: number, noun: string): string {
  return `${amount.toLocaleString("en-US")} ${noun}${amount === 1 ? "" : "s"}`;
}

/** The same in double quotes, which tell where it begins and ends. */
export function quoted(text: string): string {
  return plain(JSON.stringify(text));
}
