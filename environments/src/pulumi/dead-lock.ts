import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import type { DeadRun } from "xtremepush-access";
import { quoted, word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { commandFailure } from "./command-failure";
import type { Progress } from "./progress";
import type { Workspace } from "./workspace";

/** A lock on a state in files, as Pulumi describes it. */
interface Lock {
  /** The file of the lock, as a URL. */
  readonly address: string;
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  readonly time: Date;
}

/** A run that found a lock. */
export interface Locked {
  readonly stack: string;
  /** What Pulumi says of the lock. */
  readonly message: string;
  readonly progress: Progress;
  /** Runs that the backend knows to be dead: their lock on the environment was taken over. */
  readonly deadRuns?: readonly DeadRun[] | undefined;
}

/** Whether Pulumi says that a stack is locked: one in files, or one of a server. */
export function isLocked(message: string): boolean {
  return /the stack is currently locked by|\[409\] Conflict: Another update is currently in progress/.test(message);
}

/**
 * Removes the locks of a stack when the runs that took them are dead.
 *
 * @throws EnvironmentFailure when one of them may still run.
 */
export async function clearDeadLock({ cli }: Workspace, locked: Locked): Promise<void> {
  reportDead(locked);
  await cli.run("cancel", "--yes", "--stack", locked.stack).catch((error: unknown) => {
    throw commandFailure(`the lock of ${quoted(locked.stack)} cannot be removed`, error);
  });
}

/**
 * Removes the locks of a run that died while it made a stack. `pulumi cancel` knows no stack that is not made.
 *
 * @throws EnvironmentFailure when one of them may still run, or the locks are not files of this machine.
 */
export async function clearDeadLockOfNew(locked: Locked): Promise<void> {
  for (const { address } of reportDead(locked)) {
    const url = URL.parse(address);
    if (url?.protocol !== "file:") {
      throw new EnvironmentFailure(`a run that died has left the lock ${word(address)}; delete it`);
    }
    await rm(fileURLToPath(new URL(url.pathname, "file://")), { force: true });
  }
}

/** @throws EnvironmentFailure when a run that holds a lock may still run. */
function reportDead({ stack, message, progress, deadRuns = [] }: Locked): Lock[] {
  const locks = locksIn(message);
  const alive = locks.find((lock) => !isDead(lock) && !isOfDeadRun(lock, deadRuns));
  // A server does not say who has its lock.
  const isKnown = locks.length > 0 || deadRuns.length > 0;
  if (!isKnown || alive !== undefined) {
    const by = alive === undefined ? "" : ` by ${describe(alive)}`;
    throw new EnvironmentFailure(`another run is changing ${quoted(stack)}${by}; wait until it has ended`);
  }
  for (const lock of locks) progress.line(`the run of ${describe(lock)} is dead: its lock is removed`);
  return locks;
}

/** How much later than its last report a dead run can have locked the state, also with clocks that differ a little. */
const LAST_LOCK_MS = 120_000;

/** Whether a lock of another machine is of a run there that the backend has not seen for a minute. */
export function isOfDeadRun({ host, time }: Pick<Lock, "host" | "time">, deadRuns: readonly DeadRun[]): boolean {
  if (host === hostname()) return false;
  return deadRuns.some((dead) => dead.host === host && time.getTime() <= Date.parse(dead.seenTime) + LAST_LOCK_MS);
}

/** Reads `created by ana@laptop (pid 4711) at 2026-11-28T10:00:00Z` of each lock; pkg/backend/diy/lock.go of Pulumi 3.259.0. */
export function locksIn(message: string): Lock[] {
  const found = message.matchAll(/(\S+): created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)/g);
  return [...found].map(([, address = "", user = "", host = "", pid, time = ""]) => ({
    address,
    user,
    host,
    pid: Number(pid),
    time: new Date(time),
  }));
}

/** Whether the process of a lock has ended. Of another machine that is not known here, so it counts as alive. */
export function isDead({ host, pid, time }: Omit<Lock, "address">): boolean {
  if (host !== hostname()) return false;
  const start = startOf(pid);
  // Another process may have the number by now: it started after the lock was taken.
  return start === null || start.getTime() > time.getTime() + START_ACCURACY_MS;
}

/** The start of a process is known to the clock tick, and the time of a lock to the second. */
const START_ACCURACY_MS = 2_000;

/** When a process started; null when there is none, or it has ended. */
function startOf(pid: number): Date | null {
  if (!isRunning(pid)) return null;
  try {
    const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(/\) (?=[^)]*$)/);
    const [uptime = "0"] = readFileSync("/proc/uptime", "utf8").split(" ");
    const [state = "", ...others] = fields.split(" ");
    // A process that was killed keeps its number until its parent has noticed.
    if (state === "Z" || state === "X") return null;
    const ticks = Number(others[START_FIELD]);
    return new Date(Date.now() - (Number(uptime) - ticks / TICKS_PER_SECOND) * 1_000);
  } catch {
    // Without /proc, a process that runs counts as the one of the lock.
    return new Date(0);
  }
}

/** The place of the start time after the state of the process; proc(5). */
const START_FIELD = 18;
const TICKS_PER_SECOND = 100;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function describe({ user, host, pid, time }: Lock): string {
  const since = Number.isNaN(time.getTime()) ? "" : ` since ${time.toISOString()}`;
  return `${user}@${host} (process ${pid})${since}`;
}
