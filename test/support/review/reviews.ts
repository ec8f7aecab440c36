import { compare } from "../../../review/src/compare/compare";
import { decide } from "../../../review/src/gate/decide";
import { NO_RULES } from "../../../review/src/gate/rules";
import type { Manifest } from "../../../review/src/model/manifest";
import type { Review } from "../../../review/src/model/review";

/** A review of a change by the default rules. */
export function reviewOf(base: readonly Manifest[], head: readonly Manifest[], more: Partial<Review> = {}): Review {
  const diff = compare(base, head);
  const decision = decide(diff, NO_RULES, new Date("2027-01-15T12:00:00Z"));
  return { version: 1, base: "main", head: "HEAD", rulesFrom: null, program: "", notes: [], diff, decision, ...more };
}
