import { z } from "zod";
import { pageOf, Time } from "./fields";

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
