import { z } from "zod";

/** What the rules say to a diff, and the exit code that says it to a machine. */
export const EXIT_CODES = { nothing: 0, approval: 1, denied: 2, failed: 3 } as const;

/** One rule that a change met, or a waiver that took it back. */
export const Finding = z.strictObject({
  outcome: z.enum(["approval", "denied", "waived"]),
  /** The id of the rule. */
  rule: z.string(),
  /** Plain words: why the rule is there. */
  reason: z.string(),
  /** The client, and the permission if it is about one. */
  client: z.string().nullable(),
  permission: z.string().nullable(),
  /** Of a waiver. */
  waiver: z.strictObject({ reason: z.string(), approver: z.string(), until: z.string() }).nullable(),
});
export type Finding = z.output<typeof Finding>;

export const Decision = z.strictObject({
  outcome: z.enum(["nothing", "approval", "denied"]),
  findings: z.array(Finding),
});
export type Decision = z.output<typeof Decision>;
