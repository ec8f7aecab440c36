/** What one result reports. */
export interface Finding<Rule extends string> {
  readonly rule: Rule;
  readonly text: string;
  /** Identifies the finding across runs. */
  readonly key: readonly string[];
  /** `<file>:<line>` in the program. */
  readonly source: string | null;
}

/**
 * GitHub rejects a run with more results:
 * https://docs.github.com/en/code-security/code-scanning/troubleshooting-sarif-uploads/results-exceed-limit
 */
const RESULTS_MAX = 25_000;

/** A loop declares many clients on one line; more alerts there say nothing new. */
const SAME_MAX = 20;

/** Merges what repeats one rule on one line, and leaves out the least grave of too many findings. Each says how many. */
export function withinLimits<Rule extends string>(
  findings: readonly Finding<Rule>[],
  rules: readonly Rule[],
): Finding<Rule>[] {
  const places = Map.groupBy(findings, ({ rule, source }) => JSON.stringify([rule, source]));
  const merged = [...places].flatMap(([place, same]) => cut(same, SAME_MAX, ["merged", place]));
  const order = new Map(findings.map((finding, index) => [finding, index]));
  const inOrder = merged.toSorted((one, other) => placeOf(one, order) - placeOf(other, order));
  if (inOrder.length <= RESULTS_MAX) return inOrder;
  // GitHub keeps the first 5,000 by severity.
  const gravest = inOrder.toSorted((one, other) => rules.indexOf(one.rule) - rules.indexOf(other.rule));
  return cut(gravest, RESULTS_MAX, ["left out"]);
}

/** A merged finding comes last. */
function placeOf<Rule extends string>(finding: Finding<Rule>, order: ReadonlyMap<Finding<Rule>, number>): number {
  return order.get(finding) ?? Number.POSITIVE_INFINITY;
}

/** Replaces all findings from the last possible one on with one that counts them. */
function cut<Rule extends string>(
  findings: readonly Finding<Rule>[],
  max: number,
  key: readonly string[],
): Finding<Rule>[] {
  const [next] = findings.slice(max - 1);
  if (next === undefined || findings.length <= max) return [...findings];
  const count = findings.length - max + 1;
  return [...findings.slice(0, max - 1), { ...next, text: `${count} more like: ${next.text}`, key }];
}
