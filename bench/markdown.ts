import type { Summary } from "./statistics";

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

/** The median, with the minimum and the maximum in brackets. */
export function range({ median, min, max }: Summary, digits: number): string {
  return `${median.toFixed(digits)} (${min.toFixed(digits)}-${max.toFixed(digits)})`;
}

/** The highest of the peaks that were measured. */
export function highest(peaks: readonly (number | null)[]): string {
  const measured = peaks.filter((peak) => peak !== null);
  return measured.length === 0 ? "not measured" : String(Math.max(...measured));
}

/** A number with thousands separators. */
export function written(value: number): string {
  return value.toLocaleString("en");
}
