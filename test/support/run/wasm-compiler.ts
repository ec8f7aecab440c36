import { setFlagsFromString } from "node:v8";

/**
 * Compiles WebAssembly by V8's baseline compiler only. A test's embedded database is too short-lived to earn back what the
 * optimising one costs: half of the CPU time of its start.
 */
export const BASELINE_COMPILER = "--liftoff-only";

// The databases of the process itself; mocha loads this in each of its processes.
setFlagsFromString(BASELINE_COMPILER);
