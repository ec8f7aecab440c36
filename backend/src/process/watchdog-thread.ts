import { writeSync } from "node:fs";
import { workerData } from "node:worker_threads";

/** What the thread of the watchdog receives. */
export interface WatchdogData {
  /** The first element counts the beats of the main thread. */
  readonly beats: Int32Array;
  readonly limitS: number;
  readonly lookMs: number;
}

// Data of a thread has no type; startWatchdog makes it.
const { beats, limitS, lookMs } = workerData as WatchdogData;
let seenBeat = -1;
let seenCpuS = 0;
let isReported = false;

setInterval(() => {
  const beat = Atomics.load(beats, 0);
  const { user, system } = process.cpuUsage();
  const cpuS = (user + system) / 1_000_000;
  if (beat !== seenBeat) {
    [seenBeat, seenCpuS] = [beat, cpuS];
    return;
  }
  const used = Math.floor(cpuS - seenCpuS);
  if (used < limitS) return;
  try {
    report(used);
  } finally {
    process.kill(process.pid, "SIGKILL");
  }
}, lookMs);

/** Once: a process that is the first of its container outlives its own SIGKILL. */
function report(used: number): void {
  if (isReported) return;
  isReported = true;
  // The streams of `process` in a thread need the main one.
  writeSync(
    2,
    `xtremepush-access-backend: the main thread has used ${used} s of processor time without a turn of its event loop, and so answers nothing; ` +
      "the process ends itself (SIGKILL). Start it again: every acknowledged write is there.\n",
  );
}
