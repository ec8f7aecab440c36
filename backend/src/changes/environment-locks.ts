import { ENVIRONMENT_LOCK_MS } from "xtremepush-access/schemas";
import { quoted, word } from "xtremepush-access/text";
import type { EnvironmentDeadRun, EnvironmentRun } from "../database/schema";
import { ProblemError } from "../failures/problems";
import type { EnvironmentRow } from "../store/environments";

/** How many dead runs are remembered. */
const DEAD_RUNS_MAX = 10;

/** Whether a run is changing the environment: it was seen in the last minute. */
export function isLive({ lock, lockSeen }: Pick<EnvironmentRow, "lock" | "lockSeen">, now: Date): boolean {
  return lock !== null && lockSeen !== null && now.getTime() - lockSeen.getTime() < ENVIRONMENT_LOCK_MS;
}

/** The dead runs of an environment after another run has taken the lock from the one that has it. */
export function deadRunsAfter({ lock, lockSeen, deadRuns }: EnvironmentRow): EnvironmentDeadRun[] {
  if (lock === null) return deadRuns;
  const dead = { ...lock, seenTime: lockSeen?.toISOString() ?? lock.sinceTime };
  return [dead, ...deadRuns].slice(0, DEAD_RUNS_MAX);
}

/** Another run is changing the environment. */
export function environmentLocked(row: EnvironmentRow, now: Date): ProblemError {
  const { name, lock, lockSeen } = row;
  if (lock === null) throw new Error("an environment without a lock is not locked");
  return new ProblemError(
    "environment_locked",
    `${quoted(name)} is being changed by ${holderOf(lock)}, last seen ${secondsBetween(lockSeen, now)} ago; wait until it has ended`,
    { lock: { ...lock, seenTime: lockSeen?.toISOString() ?? lock.sinceTime, live: isLive(row, now) } },
  );
}

/** The run does not have the lock any more. */
export function lockLost({ name, lock }: EnvironmentRow): ProblemError {
  const now = lock === null ? "nobody has it now" : `${holderOf(lock)} has it now`;
  return new ProblemError("lock_lost", `this run has lost the lock of ${quoted(name)}: ${now}; start it again`);
}

/** A run for people: `ci on runner-1 (process 4711) since …`. */
function holderOf({ actor, host, processId, sinceTime }: EnvironmentRun): string {
  return `${word(actor)} on ${word(host)} (process ${processId}) since ${sinceTime}`;
}

function secondsBetween(seen: Date | null, now: Date): string {
  // The clocks of two replicas differ.
  return `${seen === null ? 0 : Math.max(0, Math.round((now.getTime() - seen.getTime()) / 1_000))} s`;
}
