import type { Database } from "../database/open";
import type { AuditEntry } from "../store/audit";

/** Who makes a change, in which request, when, and where it is written. */
export interface Change {
  readonly database: Database;
  readonly actor: { readonly id: string; readonly name: string };
  readonly requestId: string;
  readonly time: Date;
}

/** Adds to an audit entry what the change itself knows. */
export function auditOf(
  change: Change,
  entry: Omit<AuditEntry, "time" | "actorId" | "actorName" | "requestId">,
): AuditEntry {
  const { actor, requestId, time } = change;
  return { time, actorId: actor.id, actorName: actor.name, requestId, ...entry };
}
