const NARROW = /^[\x20-\x7e]*$/;
// Selectors are marks; joiners have no width either.
const NO_WIDTH = /^[\p{Mn}\p{Me}\p{Join_Control}]$/u;
/** The wide blocks of https://www.unicode.org/reports/tr11/, and emoji. */
const WIDE = new RegExp(
  [
    "^[\\p{Emoji_Presentation}\\u1100-\\u115f\\u2e80-\\u303e\\u3041-\\u4dbf\\u4e00-\\ua4cf\\ua960-\\ua97f\\uac00-\\ud7a3",
    "\\uf900-\\ufaff\\ufe10-\\ufe19\\ufe30-\\ufe6f\\uff01-\\uff60\\uffe0-\\uffe6\\u{16fe0}-\\u{18cff}\\u{1aff0}-\\u{1b2ff}",
    "\\u{1f200}-\\u{1f2ff}\\u{20000}-\\u{3fffd}]$",
  ].join(""),
  "u",
);

/** Counts the columns of a string as formatters do: East Asian characters take two, most others one. */
export function displayWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  let width = 0;
  for (const character of text) {
    if (NO_WIDTH.test(character)) continue;
    width += WIDE.test(character) ? 2 : 1;
  }
  return width;
}
