import { z } from "zod";
import { AccessDiff } from "./access-diff";
import { Decision } from "./decision";

/** The version of the JSON output. Within one version, fields are only added. */
export const REVIEW_VERSION = 1;

/** Everything that an output shows; also the JSON output itself. */
export const Review = z.strictObject({
  version: z.literal(REVIEW_VERSION),
  /** What was compared, as it was given: a git ref, a file, `program`, … */
  base: z.string(),
  head: z.string(),
  /** Where the rules come from; null when the defaults decide. */
  rulesFrom: z.string().nullable(),
  /** The folder of the program from the root of the repository, like `infra/`; empty for the root. */
  program: z.string(),
  /** What a reader must know about the comparison itself, one sentence each. */
  notes: z.array(z.string()),
  diff: AccessDiff,
  decision: Decision,
});
export type Review = z.output<typeof Review>;
