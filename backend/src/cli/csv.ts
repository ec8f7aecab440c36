import { visible } from "xtremepush-access/text";

/** Formats a row of CSV (RFC 4180), without the end of its line. */
export function formatCsvRow(cells: readonly string[]): string {
  return cells.map(formatCell).join(",");
}

function formatCell(cell: string): string {
  const text = visible(cell);
  // A spreadsheet computes a cell that begins so; a person can choose the name of a client.
  const safe = /^[=+\-@]/.test(text) ? `'${text}` : text;
  return /[",]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
