// Control characters, line and paragraph separators, and the marks that turn or hide text.
const HOSTILE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
const TEXT_MAX = 200;

/** A value that somebody else chose, as JSON on one line: nothing in it moves the cursor or hides text. */
export function shown(value: unknown): string {
  const text = spelled(JSON.stringify(value ?? null));
  return text.length > TEXT_MAX ? `${text.slice(0, TEXT_MAX)}…` : text;
}

/** A name or an id that somebody else chose: as it is, or as JSON when it is not a plain word or two. */
export function named(text: string): string {
  return /^[\p{L}\p{M}\p{N} ._@:/+$-]{1,100}$/u.test(text) && text.trim() === text ? text : shown(text);
}

function spelled(text: string): string {
  return text.replace(HOSTILE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}
