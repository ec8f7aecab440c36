import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

/**
 * How much processor time the process may use without a turn of its event loop. It is processor time, because a process that
 * is stopped, suspended with its machine, paused in a debugger, or starved by others uses none.
 */
export interface WatchdogLimits {
  /** While the database opens: within one turn, PGlite replays its log and a migration builds an index. */
  readonly openingS: number;
  readonly runningS: number;
}

/** What the thread of the watchdog receives. */
export interface WatchdogData {
  /** The first element counts the beats of the main thread, the second one is 1 when the database is open. */
  readonly shared: Int32Array;
  readonly limits: WatchdogLimits;
  readonly lookMs: number;
}

// Data of a thread has no type; startWatchdog makes it.
const { shared, limits, lookMs } = workerData as WatchdogData;
let seenBeat = -1;
let seenCpuS = 0;

setInterval(() => {
  const beat = Atomics.load(shared, 0);
  const { user, system } = process.cpuUsage();
  const cpuS = (user + system) / 1_000_000;
  if (beat !== seenBeat) {
    [seenBeat, seenCpuS] = [beat, cpuS];
    return;
  }
  const used = Math.floor(cpuS - seenCpuS);
  const isOpen = Atomics.load(shared, 1) === 1;
  if (used < (isOpen ? limits.runningS : limits.openingS)) return;
  try {
    report(used, isOpen);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}, lookMs);

function report(used: number, isOpen: boolean): void {
  const doing = isOpen ? "and so answers nothing" : "while it opened the database";
  // The streams of `process` in a thread need the main one.
  writeSync(
    2,
    `xtremepush-access-backend: the main thread has used ${used} s of processor time without a turn of its event loop, ${doing}; ` +
      "the process ends itself (SIGKILL). Start it again: every acknowledged write is there.\n",
  );
}
