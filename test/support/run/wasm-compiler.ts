/**
 * Has V8 compile WebAssembly by its baseline compiler only. A test's embedded database is too short-lived to earn back what
 * the optimising one costs: half of the CPU time of its start.
 *
 * It works on the command line only, so `.mocharc.json` has it for mocha's own processes.
 */
export const BASELINE_COMPILER = "--liftoff-only";
