/** The line at the head of a generated page that says where it comes from. */
export function generatedFrom(source: string): string {
  return `<!-- Generated from ${source} by \`npm run generate\`; do not edit. -->\n`;
}

/** A table, with its head first; a cell may hold markdown, but no line break. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |\n`;
  return `${line(head)}|${"---|".repeat(head.length)}\n${rows.map(line).join("")}`;
}

/** A plain text as markdown that shows it as it is, in one line. */
export function plainText(text: string): string {
  return text.replace(/\s+/g, " ").trim().replace(/[<*]/g, "\\$&");
}

/** A text in the type of code. */
export function code(text: string): string {
  return `\`${text}\``;
}
