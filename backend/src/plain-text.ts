// Control characters, line and paragraph separators, and the marks that turn the direction of text.
const HOSTILE = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;

/** Text that a stranger chose, safe to show in a terminal: what could move the cursor or hide text is spelled out. */
export function plain(text: string): string {
  return text.replace(HOSTILE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`);
}

/** An instant as people read it, to the second and in UTC. */
export function plainTime(time: string | null): string {
  return time === null ? "never" : plain(`${time.slice(0, 10)} ${time.slice(11, 19)} UTC`);
}

/** `1 permission`, `3 permissions`. */
export function count(amount: number, noun: string): string {
  return `${amount} ${noun}${amount === 1 ? "" : "s"}`;
}
