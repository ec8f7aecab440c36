import type { LineChange } from "./shorten";

/** How many unchanged lines stand around a change. */
const CONTEXT = 3;

/** Writes the change of one file as `git apply` and `patch` take it; the empty text when nothing changes. */
export function unifiedDiff(file: string, lines: readonly LineChange[]): string {
  // What follows the last end of line is no line when it is empty.
  const endsWhole = lines.at(-1)?.old === "";
  const all = endsWhole ? lines.slice(0, -1) : lines;
  const hunks: { from: number; to: number }[] = [];
  for (const [index, { old, young }] of all.entries()) {
    if (old === young) continue;
    const [from, to] = [Math.max(0, index - CONTEXT), Math.min(all.length, index + CONTEXT + 1)];
    const last = hunks.at(-1);
    if (last !== undefined && from <= last.to) last.to = to;
    else hunks.push({ from, to });
  }
  if (hunks.length === 0) return "";
  let removed = 0;
  const written = hunks.flatMap(({ from, to }) => {
    const part = all.slice(from, to);
    const left = part.filter(({ young }) => young !== null).length;
    const newStart = from - removed + (left === 0 ? 0 : 1);
    removed += part.length - left;
    const unended = !endsWhole && to === all.length;
    return [`@@ -${from + 1},${part.length} +${newStart},${left} @@`, ...hunkLines(part, unended)];
  });
  return `${[`--- a/${file}`, `+++ b/${file}`, ...written].join("\n")}\n`;
}

/** The lines that go stand before those that come in their place. */
function hunkLines(part: readonly LineChange[], unended: boolean): string[] {
  const written: string[] = [];
  const waiting: string[] = [];
  for (const [index, { old, young }] of part.entries()) {
    const end = unended && index === part.length - 1 ? ["\\ No newline at end of file"] : [];
    if (old === young) {
      written.push(...waiting.splice(0), ` ${old}`, ...end);
      continue;
    }
    written.push(`-${old}`, ...end);
    if (young !== null) waiting.push(`+${young}`, ...end);
  }
  return [...written, ...waiting];
}
