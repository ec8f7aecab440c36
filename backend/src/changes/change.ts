import { isDeepStrictEqual } from "node:util";
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

/** The fields that a write would change, as they are and as they would be; both null when there is none. */
export function changedFields<Fields extends object>(
  current: Readonly<Fields>,
  wanted: NoInfer<{ readonly [Name in keyof Fields]?: Fields[Name] | undefined }>,
): { before: Partial<Fields> | null; after: Partial<Fields> | null } {
  const before: Partial<Fields> = {};
  const after: Partial<Fields> = {};
  let changed = false;
  for (const name in wanted) {
    const value = wanted[name];
    if (value === undefined || isDeepStrictEqual(current[name], value)) continue;
    before[name] = current[name];
    after[name] = value;
    changed = true;
  }
  return changed ? { before, after } : { before: null, after: null };
}
