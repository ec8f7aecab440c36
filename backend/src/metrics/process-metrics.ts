import { collectDefaultMetrics, Registry } from "prom-client";

/** Coarser than by default, which wakes an idle process a hundred times a second. */
const EVENT_LOOP_MS = 20;

let made: Registry | undefined;

/**
 * The metrics of this process: CPU time, memory, start, open files, the delay of the event loop, garbage collection and the
 * version of Node.js. They watch the process from the first call on, and there is one of them, however many backends run in it.
 */
export function processMetrics(): Registry {
  if (made === undefined) {
    made = new Registry();
    collectDefaultMetrics({ register: made, eventLoopMonitoringPrecision: EVENT_LOOP_MS });
  }
  return made;
}
