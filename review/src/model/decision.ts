import { z } from "zod";

/** The exit code of each outcome; `failed` means that nothing could be compared. */
export const EXIT_CODES = { nothing: 0, approval: 1, denied: 2, failed: 3 } as const;

/** One rule that a change meets, or the waiver that takes it back. */
export const Finding = z.strictObject({
  outcome: z.enum(["approval", "denied", "waived"]),
  /** The id of the rule. */
  rule: z.string(),
  /** Why the rule exists, in plain words. */
  reason: z.string(),
  /** The client and permission that it applies to; null when it applies to more. */
  client: z.string().nullable(),
  permission: z.string().nullable(),
  /** Which client that is: its id in the diff, and its stack; null when the finding applies to more. */
  id: z.string().nullable(),
  pulumiProject: z.string().nullable(),
  stack: z.string().nullable(),
  waiver: z.strictObject({ reason: z.string(), approver: z.string(), until: z.string() }).nullable(),
});
export type Finding = z.output<typeof Finding>;

export const Decision = z.strictObject({
  outcome: z.enum(["nothing", "approval", "denied"]),
  findings: z.array(Finding),
});
export type Decision = z.output<typeof Decision>;
