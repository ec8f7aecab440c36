import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { isNamed } from "../failures/named-error";

/** Identifies one process, also among later ones with the same pid. */
export interface ProcessIdentity {
  readonly pid: number;
  /** When the process started, as the system writes it; null where it does not report it. */
  readonly started: string | null;
  /** Where the pid is valid: a boot and a pid namespace on Linux, the host elsewhere. */
  readonly place: string;
}

export function ownIdentity(): ProcessIdentity {
  return { pid: process.pid, started: processStart(process.pid), place: readPlace() };
}

/** Whether the process still runs; null when it is in another container or on another machine, where this one cannot look. */
export function isRunning(identity: ProcessIdentity): boolean | null {
  if (identity.place !== readPlace()) return null;
  if (!hasProcess(identity.pid)) return false;
  return identity.started === null || processStart(identity.pid) === identity.started;
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    if (isNamed(error, "ESRCH")) return false;
    // Another user's process: it exists, but this one may not signal it.
    if (isNamed(error, "EPERM")) return true;
    throw error;
  }
}

function processStart(pid: number): string | null {
  if (process.platform === "linux") return linuxProcessStart(pid);
  if (process.platform === "win32") return null;
  try {
    return execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
      encoding: "utf8",
      env: { LC_ALL: "C", TZ: "UTC" },
    }).trim();
  } catch (error) {
    // ps ends with 1 when the process is gone, and is missing in the smallest images.
    if (error instanceof Error && ("status" in error || isNamed(error, "ENOENT"))) return null;
    throw error;
  }
}

// The 22nd field of stat, in ticks since boot; the second field is the name, which may contain spaces and parentheses.
function linuxProcessStart(pid: number): string | null {
  const stat = readOptional(`/proc/${pid}/stat`);
  return stat === null ? null : (stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null);
}

function readPlace(): string {
  if (process.platform !== "linux") return hostname();
  const boot = readOptional("/proc/sys/kernel/random/boot_id");
  // A reboot ends every process. Another boot of this machine is another place, and its lock stays silent.
  return `${boot?.trim() ?? hostname()} ${readlinkSync("/proc/self/ns/pid")}`;
}

function readOptional(path: string): string | null {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isNamed(error, "ENOENT", "ESRCH", "EACCES")) return null;
    throw error;
  }
}
