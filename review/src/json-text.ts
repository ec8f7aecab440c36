// Marks that turn the direction of text, characters without width, C1 controls, separators of lines, and what a log of
// GitHub takes for a command wherever it stands in a line.
const ESCAPED = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]|#(?=#\[)/gu;

/** JSON for people and machines: indented, a value a line, and with nothing in it that a terminal or a log would obey. */
export function jsonText(value: unknown): string {
  const text = JSON.stringify(value, null, 2).replace(ESCAPED, (found) => {
    return Array.from({ length: found.length }, (_, index) => escaped(found.charCodeAt(index))).join("");
  });
  return `${text}\n`;
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, "0")}`;
}
