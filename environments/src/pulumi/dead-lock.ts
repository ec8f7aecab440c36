import { rm } from "node:fs/promises";
import { hostname } from "node:os";
import { fileURLToPath } from "node:url";
import type { DeadRun } from "xtremepush-access";
import { quoted, word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../environment-failure";
import { hasEnded, isHere, isInContainer } from "../process-identity";
import { commandFailure } from "./command-failure";
import type { Progress } from "./progress";
import type { KnownDead, Workspace } from "./workspace";

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
  readonly deadRuns?: readonly KnownDead[] | undefined;
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
  reportDead(locked, () => `\`pulumi cancel --stack ${word(locked.stack)}\``);
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
  for (const { address } of reportDead(locked, (lock) => `delete ${word(lock.address)}`)) {
    const url = URL.parse(address);
    if (url?.protocol !== "file:") {
      throw new EnvironmentFailure(`a run that died has left the lock ${word(address)}; delete it`);
    }
    await rm(fileURLToPath(new URL(url.pathname, "file://")), { force: true });
  }
}

/**
 * @param byHand what removes a lock by hand
 * @throws EnvironmentFailure when a run that holds a lock may still run.
 */
function reportDead({ stack, message, progress, deadRuns = [] }: Locked, byHand: (lock: Lock) => string): Lock[] {
  const locks = locksIn(message);
  const alive = locks.find((lock) => !isDead(lock, deadRuns));
  // A server does not say who has its lock, so an old dead run says nothing of it.
  const recent = deadRuns.find(({ isRecent }) => isRecent);
  if (alive !== undefined || (locks.length === 0 && recent === undefined)) {
    const by = alive === undefined ? "" : ` by ${describe(alive)}`;
    const doubt = alive === undefined ? "" : doubtOf(alive, deadRuns, byHand);
    throw new EnvironmentFailure(`another run is changing ${quoted(stack)}${by}; wait until it has ended${doubt}`);
  }
  for (const lock of locks) progress.line(`the run of ${describe(lock)} is dead: its lock is removed`);
  if (locks.length === 0 && recent !== undefined) {
    const { actor, host, processId, seenTime } = recent;
    progress.line(
      `the state is locked, and the run of ${word(actor)} on ${word(host)} (process ${processId}), last seen ${seenTime}, is dead: its lock is cancelled`,
    );
  }
  return locks;
}

/**
 * What to do about a lock that may be of a dead run all the same: where the clock of that machine is wrong, it is of another time
 * than the run.
 */
function doubtOf(lock: Lock, deadRuns: readonly DeadRun[], byHand: (lock: Lock) => string): string {
  const dead = deadRuns.find(({ host }) => host === lock.host);
  const isRunning = lock.host === hostname() && !hasEnded(lock.pid, lock.time);
  if (dead === undefined || isRunning) return "";
  const { actor, processId, seenTime } = dead;
  return `; if it is the run of ${word(actor)} (process ${processId}) that died there, last seen ${seenTime}, and the clock there is wrong, remove its lock: ${byHand(lock)}`;
}

/** How long before its begin or after its last report a dead run can have locked the state, with clocks that differ a little. */
const LAST_LOCK_MS = 120_000;

/**
 * Whether the process of a lock is dead. A lock names a host and a number, which also another container or machine may have: the
 * number says something only where the backend knows the run to be of this machine and container, or where the state is a file
 * of this machine. Else it is dead when the backend has not seen the run there for a minute.
 */
export function isDead(
  { address, host, pid, time }: Omit<Lock, "user">,
  deadRuns: readonly DeadRun[],
  inContainer = isInContainer(),
): boolean {
  const runs = deadRuns.filter((dead) => dead.host === host && isDuring(time.getTime(), dead));
  if (host !== hostname()) return runs.length > 0;
  const isOfThisMachine = address.startsWith("file:") && !inContainer;
  if (isOfThisMachine || runs.some(({ process }) => isHere(process))) return hasEnded(pid, time);
  return runs.length > 0;
}

function isDuring(timeMs: number, { sinceTime, seenTime }: DeadRun): boolean {
  return timeMs >= Date.parse(sinceTime) - LAST_LOCK_MS && timeMs <= Date.parse(seenTime) + LAST_LOCK_MS;
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

function describe({ user, host, pid, time }: Lock): string {
  const since = Number.isNaN(time.getTime()) ? "" : ` since ${time.toISOString()}`;
  return `${user}@${host} (process ${pid})${since}`;
}
