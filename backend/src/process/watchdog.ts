import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { WatchdogData, WatchdogLimits } from "./watchdog-thread";

const LIMITS: WatchdogLimits = { openingS: 300, runningS: 30 };
const BEAT_MS = 1_000;

export interface Watchdog {
  /** Ends the opening: from now on, the shorter limit counts. */
  opened(): void;
}

/**
 * Watches the main thread from another one, and ends the process when its event loop turns no more: then it handles no signal,
 * and no request. PGlite runs in the main thread and can keep it. Without a thread, the process goes on unwatched.
 */
export function startWatchdog(limits = LIMITS, onFailure: (error: unknown) => void = () => undefined): Watchdog {
  const shared = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: WatchdogData = { shared, limits, lookMs: BEAT_MS };
  // The environment holds secrets that the thread does not need.
  new Worker(join(__dirname, "watchdog-thread.js"), { workerData, env: {}, execArgv: [] })
    .on("error", onFailure)
    .unref();
  setInterval(() => Atomics.add(shared, 0, 1), BEAT_MS).unref();
  return { opened: () => void Atomics.store(shared, 1, 1) };
}
