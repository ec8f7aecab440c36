import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";

/** A process as a lock names it. */
export interface ProcessIdentity {
  readonly host: string;
  readonly processId: number;
  /** Its boot, its PID namespace and its start; null where the system does not say. */
  readonly process: string | null;
}

export function ownProcess(): ProcessIdentity {
  // The backend takes printable ASCII.
  const host =
    hostname()
      .replace(/[^\x20-\x7e]/g, "?")
      .slice(0, 255) || "unknown";
  return { host, processId: process.pid, process: identityOf(process.pid) };
}

/**
 * Whether the process of a lock is certainly dead. Of another machine or another container that is not known: there, the same
 * number is another process.
 */
export function isKnownDead({ host, processId, process: held }: ProcessIdentity): boolean {
  const own = ownProcess();
  if (placeOf(held) === null || host !== own.host || !isHere(held)) return false;
  return identityOf(processId) !== held;
}

/** Whether a process is, or was, where this one is: since one boot, in one PID namespace. Without /proc nothing tells them apart. */
export function isHere(process: string | null): boolean {
  return placeOf(process) === placeOf(ownProcess().process);
}

/** Whether this process is in a container: another one with the same name of the host may be beside it. */
export function isInContainer(namespace = readNamespace()): boolean {
  return namespace !== null && namespace !== INITIAL_NAMESPACE;
}

/** The first PID namespace of a machine; PROC_PID_INIT_INO of Linux. */
const INITIAL_NAMESPACE = "pid:[4026531836]";

function readNamespace(): string | null {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return null;
  }
}

/** Whether the process here that had a number at a time has ended. */
export function hasEnded(pid: number, time: Date): boolean {
  const start = startOf(pid);
  // Another process may have the number by now: it started later.
  return start === null || start.getTime() > time.getTime() + START_ACCURACY_MS;
}

/** The start of a process is known to the clock tick, and the time of a lock to the second. */
const START_ACCURACY_MS = 2_000;

/** When a process started; null when there is none, or it has ended. */
function startOf(pid: number): Date | null {
  if (!isRunning(pid)) return null;
  try {
    const ticks = startTicksOf(pid);
    const [uptime = "0"] = readFileSync("/proc/uptime", "utf8").split(" ");
    return ticks === null ? null : new Date(Date.now() - (Number(uptime) - Number(ticks) / TICKS_PER_SECOND) * 1_000);
  } catch {
    // Without /proc, a process that runs counts as the one of the lock.
    return new Date(0);
  }
}

const TICKS_PER_SECOND = 100;

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}

function identityOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    return `${boot} ${readlinkSync("/proc/self/ns/pid")} ${startTicksOf(pid) ?? "ended"}`;
  } catch {
    // The process has ended, or the system has no /proc.
    return null;
  }
}

/** The start of a process in clock ticks since the boot; null when it has ended. @throws when there is none. */
function startTicksOf(pid: number): string | null {
  const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
  const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  // A process that was killed keeps its number until its parent has noticed.
  return state === "Z" || state === "X" ? null : (fields[START_FIELD] ?? null);
}

/** The place of the start time after the state of the process; proc(5). */
const START_FIELD = 18;

function placeOf(identity: string | null): string | null {
  return identity === null ? null : identity.split(" ").slice(0, 2).join(" ");
}
