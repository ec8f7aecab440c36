import { z } from "zod";
import { Name, pageOf, pageQuery, Time } from "./fields";

/** One row of the audit log, which never changes. */
export const AuditEvent = z.looseObject({
  id: z.string(),
  time: Time,
  actor: z.looseObject({ id: z.string(), name: z.string() }),
  /** What was done: `client.create`, `grant.update`, `actor.revoke`, … */
  action: z.string(),
  target: z.looseObject({
    type: z.string(),
    id: z.string(),
    name: z.string().nullable(),
    project: z.string().nullable(),
  }),
  managedBy: z.string().nullable(),
  /** The revision of the client or grant after the change; null for other targets, and from older backends. */
  revision: z.number().int().nullable().default(null),
  /** The changed fields before the change; null when the target did not exist. Never a secret or its hash. */
  before: z.record(z.string(), z.unknown()).nullable(),
  after: z.record(z.string(), z.unknown()).nullable(),
  requestId: z.string(),
});
export type AuditEvent = z.output<typeof AuditEvent>;

/** One page of audit rows, newest first. */
export const AuditPage = pageOf(AuditEvent);

// PostgreSQL has no year 0.
const Instant = Time.refine((time) => !time.startsWith("0"), "a year is 1000 or later");

/** Which changes to list; `actor` is the ID or the name of who made them. */
export const AuditQuery = z.strictObject({
  ...pageQuery,
  since: Instant.optional().describe("Only changes from this instant on"),
  until: Instant.optional().describe("Only changes before this instant"),
  actor: Name.optional().describe("Only changes of the actor with this ID or name"),
  action: z
    .string()
    .regex(/^[a-z]{1,20}\.[a-z-]{1,20}$/, "an action is like grant.update")
    .optional()
    .describe("Only changes of this kind, as in grant.update"),
});
export type AuditQuery = Partial<z.input<typeof AuditQuery>>;
