import { quoted, word } from "xtremepush-access/text";
import type { Connection } from "../database/transaction";
import { inTransaction, lockFor } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import { insertAudit } from "../store/audit";
import {
  countOfPattern,
  deleteEnvironmentRow,
  type EnvironmentKey,
  type EnvironmentRow,
  findEnvironment,
  insertEnvironment,
  lockEnvironmentRow,
  updateEnvironment,
} from "../store/environments";
import { findProject } from "../store/projects";
import { auditOf, type Change, type FieldChanges } from "./change";
import { environmentLocked, isLive, lockLost } from "./environment-locks";
import { projectNotFound } from "./refusals";

/** What a put asks for. */
export interface WantedEnvironment {
  /** How long it lives from now on, in milliseconds; null for one that stays. */
  readonly ttlMs: number | null;
  readonly pattern: string | null;
  /** How many environments the pattern may have; null without a limit. */
  readonly max: number | null;
}

/** Makes an environment, or starts its time to live again. */
export function putEnvironment(
  change: Change,
  { key, projects }: { readonly key: EnvironmentKey; readonly projects: readonly string[] | null },
  { ttlMs, pattern, max }: WantedEnvironment,
): Promise<{ readonly row: EnvironmentRow; readonly made: boolean }> {
  const { actor, time } = change;
  const expiresTime = ttlMs === null ? null : new Date(time.getTime() + ttlMs);
  return inTransaction(change.database.db, async (transaction) => {
    const present = await lockEnvironmentRow(transaction, key);
    const updated = { pattern, expiresTime, updatedBy: actor.name, updatedTime: time };
    if (present !== null) {
      const row = await updateEnvironment(transaction, key, updated);
      const [before, after] = [fieldsOf(present), fieldsOf(row)];
      // A put that only starts the time to live again is no news.
      if (before.pattern !== after.pattern || (before.expiresTime === null) !== (after.expiresTime === null)) {
        await recordOf(transaction, change, { key, action: "environment.update", before, after });
      }
      return { row, made: false };
    }
    if ((await findProject(transaction, key.project)) === null) throw projectNotFound(key.project);
    if (pattern !== null && max !== null) {
      // Of two that would both be the last one, the second counts the first.
      await lockFor(transaction, `environments of ${key.program} ${pattern}`);
      const count = await countOfPattern(transaction, { program: key.program, pattern }, projects);
      if (count >= max) throw tooMany({ name: key.name, pattern, count, max });
    }
    const row = await insertEnvironment(transaction, {
      ...key,
      ...updated,
      createdBy: actor.name,
      createdTime: time,
      lock: null,
      lockSeen: null,
      deadRuns: "[]",
    });
    await recordOf(transaction, change, { key, action: "environment.create", before: null, after: fieldsOf(row) });
    return { row, made: true };
  });
}

/** Removes an environment and its lock, which must be of the run, or without one of nobody who lives. */
export function deleteEnvironment(change: Change, key: EnvironmentKey, run: string | undefined): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    const row = await lockEnvironmentRow(transaction, key);
    if (row === null) throw await environmentNotFound(transaction, key);
    if (run !== undefined && row.lock?.run !== run) throw lockLost(row);
    if (run === undefined && isLive(row, change.time)) throw environmentLocked(row, change.time);
    await deleteEnvironmentRow(transaction, key);
    await recordOf(transaction, change, { key, action: "environment.delete", before: fieldsOf(row), after: null });
  });
}

/** Finds an environment that must be there. */
export async function findPresentEnvironment(db: Connection, key: EnvironmentKey): Promise<EnvironmentRow> {
  const row = await findEnvironment(db, key);
  if (row === null) throw await environmentNotFound(db, key);
  return row;
}

/** An environment counts as missing only in a project that exists. */
export async function environmentNotFound(db: Connection, key: EnvironmentKey): Promise<ProblemError> {
  if ((await findProject(db, key.project)) === null) return projectNotFound(key.project);
  return new ProblemError(
    "environment_not_found",
    `${word(key.project)} has no environment ${quoted(key.name)} of the program ${quoted(key.program)}; \`xtremepush-access-env up\` makes it`,
  );
}

function fieldsOf({ pattern, expiresTime }: EnvironmentRow) {
  return { pattern, expiresTime: expiresTime?.toISOString() ?? null };
}

interface Recorded extends FieldChanges {
  readonly key: EnvironmentKey;
  readonly action: string;
}

/** Writes the audit row of a change of an environment. */
export async function recordOf(
  db: Connection,
  change: Change,
  { key: { project, program, name }, ...recorded }: Recorded,
): Promise<void> {
  const target = { targetType: "environment", targetId: `${program}/${name}`, targetName: name };
  await insertAudit(db, auditOf(change, { ...recorded, ...target, project, client: null, managedBy: null }));
}

interface Counted {
  readonly name: string;
  readonly pattern: string;
  readonly count: number;
  readonly max: number;
}

function tooMany({ name, pattern, count, max }: Counted): ProblemError {
  return new ProblemError(
    "too_many_environments",
    `${pattern} already has ${count} ${count === 1 ? "environment" : "environments"}, and may have ${max}; take one down before you set up ${quoted(name)}`,
  );
}
