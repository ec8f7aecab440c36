import { isDeepStrictEqual } from "node:util";
import type { Database } from "../database/open";
import type { AuditEntry } from "../store/audit";

/** The actor, the request, the time and the database of a change. */
export interface Change {
  readonly database: Database;
  readonly actor: {
    readonly id: string;
    readonly name: string;
    /** Binds the actor to owners that begin with it; null binds it to none. */
    readonly ownerPrefix: string | null;
    /** The only permissions that the actor may cause anybody to have; null means all. */
    readonly ceiling: readonly string[] | null;
    /** When the actor's token ends; null when it does not. */
    readonly expiresTime: Date | null;
  };
  readonly requestId: string;
  readonly time: Date;
  /** Reports whether the caller has stopped waiting for the answer. @default it never has */
  readonly isAbandoned?: () => Promise<boolean>;
}

/** The actor of a command beside the database: nobody is authenticated, and the backend's ID tells it from an actor of that name. */
export function commandActor(backendId: string, command: string): Change["actor"] {
  return { id: backendId, name: command, ownerPrefix: null, ceiling: null, expiresTime: null };
}

/** The fields of an audit row that changed, before and after; both null when none did. */
export interface FieldChanges {
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>> | null;
}

/** Adds the actor, the time and the request of a change to an audit entry. */
export function auditOf(
  change: Change,
  entry: Omit<AuditEntry, "time" | "actorId" | "actorName" | "requestId">,
): AuditEntry {
  const { actor, requestId, time } = change;
  return { time, actorId: actor.id, actorName: actor.name, requestId, ...entry };
}

/** Compares fields: those that a write would change, before and after; both null when there is none. */
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

/** Merges the changes of several parts of one thing. */
export function mergedChanges(...parts: readonly (FieldChanges | undefined)[]): FieldChanges {
  const changed = parts.filter((part) => part !== undefined && part.after !== null);
  if (changed.length === 0) return { before: null, after: null };
  const sides = { before: {}, after: {} };
  for (const part of changed) {
    Object.assign(sides.before, part?.before);
    Object.assign(sides.after, part?.after);
  }
  return sides;
}
