/** The first line of a generated page, which names its source. */
export function generatedFrom(source: string): string {
  return `<!-- Generated from ${source} by \`npm run generate\`; do not edit. -->\n`;
}

/** A table, header first; a cell may contain markdown, but not a line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}

/** Escapes plain text for markdown, on one line. */
export function plainText(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/[<*]/g, "\\$&");
}

/** Formats text as inline code. */
export function code(text: string): string {
  return `\`${text}\``;
}
