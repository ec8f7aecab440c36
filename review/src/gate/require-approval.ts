import type { Decision, Finding } from "../model/decision";
import type { StackId } from "../model/manifest";
import { outcomeOf } from "./decide";

/** What a person must approve besides the effects of a change. */
export interface Ask {
  readonly rule: "repaired-rules" | "repaired-lock-file" | "given-up-stack";
  /** Why it needs approval, in plain words. */
  readonly reason: string;
  /** The stack in which denials need approval instead, because it counts as new as a whole; null for none. */
  readonly softens: StackId | null;
}

/**
 * Adds what must be approved to a decision. In a stack whose broken lock file is repaired, everything counts as new, so what a
 * rule denies there needs approval instead: otherwise the repair could never be merged.
 */
export function requireApproval({ findings }: Decision, asks: readonly Ask[]): Decision {
  const repaired = asks.flatMap(({ softens }) => softens ?? []);
  const isRepaired = ({ pulumiProject, stack }: Finding) =>
    repaired.some((each) => each.pulumiProject === pulumiProject && each.stack === stack);
  const all = [
    ...asks.map(findingOf),
    ...findings.map(
      (finding): Finding =>
        finding.outcome === "denied" && isRepaired(finding) ? { ...finding, outcome: "approval" } : finding,
    ),
  ];
  return { outcome: outcomeOf(all), findings: all };
}

function findingOf({ rule, reason }: Ask): Finding {
  const nothing = { client: null, permission: null, id: null, pulumiProject: null, stack: null, waiver: null };
  return { outcome: "approval", rule, reason, ...nothing };
}
