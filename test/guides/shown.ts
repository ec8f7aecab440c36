/** What stands for one text in a document and for another one in each run. */
const VARYING: readonly (readonly [shown: RegExp, printed: string])[] = [
  [/…/, ".*"],
  [/\b(?:xpc|xpa|xpr)_[a-z2-7]{26}\b/, "(?:xpc|xpa|xpr)_[a-z2-7]{26}"],
  [/\b\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z/, "\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(?:\\.\\d+)?Z"],
  [/\b\d{4}-\d{2}-\d{2} \d{2}:\d{2}(?::\d{2})?\b/, "\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}(?::\\d{2})?"],
];
const ANY_VARYING = new RegExp(VARYING.map(([shown]) => shown.source).join("|"), "g");

/**
 * The first line of what a document shows that a command has not printed, in the document's order; undefined when all of
 * them are there. Blanks count once. `…` stands for any text; ids and times may differ; Pulumi may say before a line where it
 * comes from: `error: … has a problem: `.
 */
export function missingLine(shown: string, printed: string): string | undefined {
  const lines = printed.split("\n").map(plain);
  let from = 0;
  for (const line of shown.split("\n").map(plain)) {
    if (line === "" || line === "…") continue;
    const at = lines.findIndex((each, index) => index >= from && patternOf(line).test(each));
    if (at < 0) return line;
    from = at + 1;
  }
  return undefined;
}

function plain(line: string): string {
  return line.replaceAll(/\s+/g, " ").trim();
}

function patternOf(line: string): RegExp {
  const kinds = line.match(ANY_VARYING) ?? [];
  const fixed = line.split(ANY_VARYING).map((part) => part.replaceAll(/[.*+?^${}()|[\]\\/]/g, "\\$&"));
  const varying = kinds.map((found) => VARYING.find(([shown]) => shown.test(found))?.[1] ?? "");
  return new RegExp(`^(?:.*: )?${fixed.map((part, index) => part + (varying[index] ?? "")).join("")}$`);
}
