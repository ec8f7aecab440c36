/** Whether a target is met, as a sentence. */
export interface Verdict {
  readonly met: boolean;
  readonly sentence: string;
}

export function verdictOn(met: boolean, finding: string): Verdict {
  return { met, sentence: `${met ? "PASS" : "MISS"}: ${finding}` };
}
