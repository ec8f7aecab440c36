import { z } from "zod";
import { AccessDiff } from "./access-diff";
import { Decision } from "./decision";

/** The version of the JSON output; its form only grows within one. */
export const REVIEW_VERSION = 1;

/** Everything that an output is made of; also the JSON output itself. */
export const Review = z.strictObject({
  version: z.literal(REVIEW_VERSION),
  /** What was compared, as it was asked for: a git ref, a file, `program`, … */
  base: z.string(),
  head: z.string(),
  /** Where the rules came from; null when there are none and the defaults decided. */
  rulesFrom: z.string().nullable(),
  /** What a reader should know of the comparison itself, one sentence each. */
  notes: z.array(z.string()),
  diff: AccessDiff,
  decision: Decision,
});
export type Review = z.output<typeof Review>;
