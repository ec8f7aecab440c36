/** What one kind of fault did to the traffic and to the backend. */
export interface Outcome {
  readonly fault: string;
  readonly requests: number;
  /** Answers 5xx. */
  readonly unavailable: number;
  /** The longest time from the end of a fault to the next write and token; null where none followed. */
  readonly firstSuccessMs: number | null;
  readonly zeros: Readonly<Partial<Record<Zero, readonly string[]>>>;
}

/** What must not happen, with one line for each time it did; a kind of faults has those that it looks for. */
export const ZEROS = [
  "acknowledged writes missing",
  "audit rows missing",
  "processes ended unasked",
  "answers not the API's own",
  "sent requests reset",
  "requests that a migration kept waiting",
  "calls sent twice",
  "calls let through that may not be",
  "calls answered wrong",
  "intervals of use lost",
] as const;
export type Zero = (typeof ZEROS)[number];

/** How many examples of one broken zero are printed. */
const EXAMPLES = 5;

/** Says whether all zeros are zero, and the fault met any traffic. */
function isPassed({ requests, zeros }: Outcome): boolean {
  return requests > 0 && ZEROS.every((zero) => (zeros[zero] ?? []).length === 0);
}

/** One outcome as it is printed. */
export function textOf(outcome: Outcome): string {
  const { fault, requests, unavailable, firstSuccessMs, zeros } = outcome;
  const looked = ZEROS.filter((zero) => zeros[zero] !== undefined);
  const counts = looked.map((zero) => `${zeros[zero]?.length} ${zero}`).join(", ");
  const recovery = firstSuccessMs === null ? "" : `, first success after ${Math.round(firstSuccessMs)} ms`;
  const examples = looked.flatMap((zero) =>
    (zeros[zero] ?? []).slice(0, EXAMPLES).map((line) => `    ${zero}: ${line}`),
  );
  return [
    `${isPassed(outcome) ? "ok    " : "FAILED"} ${fault}: ${requests} requests, ${unavailable} 5xx${recovery}`,
    `       ${counts}`,
    ...examples,
  ].join("\n");
}

/** The last line of a run. */
export function totalsOf(outcomes: readonly Outcome[]): string {
  const passed = outcomes.filter(isPassed).length;
  return `${passed} passed, ${outcomes.length - passed} failed`;
}

/** 1 when a zero is not zero, or nothing was tried. */
export function exitCodeOf(outcomes: readonly Outcome[]): 0 | 1 {
  return outcomes.length > 0 && outcomes.every(isPassed) ? 0 : 1;
}
