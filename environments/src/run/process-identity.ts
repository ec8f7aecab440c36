import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import type { EnvironmentLock } from "xtremepush-access";

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
export function isKnownDead({ host, processId, process: held }: EnvironmentLock): boolean {
  const place = placeOf(held);
  const own = ownProcess();
  if (place === null || host !== own.host || place !== placeOf(own.process)) return false;
  return identityOf(processId) !== held;
}

function identityOf(pid: number): string | null {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state = "", ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A process that was killed keeps its number until its parent has noticed.
    const start = state === "Z" || state === "X" ? "ended" : fields[START_FIELD];
    return `${boot} ${readlinkSync("/proc/self/ns/pid")} ${start}`;
  } catch {
    // The process has ended, or the system has no /proc.
    return null;
  }
}

/** The place of the start time after the state of the process; proc(5). */
const START_FIELD = 18;

function placeOf(identity: string | null): string | null {
  return identity === null ? null : identity.split(" ").slice(0, 2).join(" ");
}
