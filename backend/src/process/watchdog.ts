import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { WatchdogData } from "./watchdog-thread";

/**
 * How much processor time the process may use without a turn of its event loop. It is processor time, because a process that
 * is stopped, suspended with its machine, paused in a debugger, or starved by others uses none.
 */
const LIMIT_S = 30;
const BEAT_MS = 1_000;

/**
 * Watches the main thread from another one, and ends the process when its event loop turns no more: then it handles no signal,
 * and no request. PGlite runs in the main thread and can keep it. Without a thread, the process goes on unwatched.
 */
export function startWatchdog(limitS = LIMIT_S, onFailure: (error: unknown) => void = () => undefined): void {
  const beats = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));
  const workerData: WatchdogData = { beats, limitS, lookMs: BEAT_MS };
  // The environment holds secrets that the thread does not need.
  new Worker(join(__dirname, "watchdog-thread.js"), { workerData, env: {}, execArgv: [] })
    .on("error", onFailure)
    .unref();
  setInterval(() => Atomics.add(beats, 0, 1), BEAT_MS).unref();
}
