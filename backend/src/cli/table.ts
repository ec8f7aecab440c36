import { visible } from "xtremepush-access/text";

/** Formats rows as lines with aligned columns; the last column is not padded. */
export function formatTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [head, ...rows].map((row) => row.map((text) => visible(text)));
  const widths = head.map((_, column) => Math.max(...lines.map((row) => [...(row[column] ?? "")].length)));
  return lines
    .map((row) =>
      row
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

// In characters, not UTF-16 units, so that a name with an emoji does not shift its row.
function pad(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - [...cell].length));
}
