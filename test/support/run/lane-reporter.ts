import path from "node:path";
import { Runner, reporters } from "mocha";
import { LANES, type Lane, laneOf } from "./lanes";

const ROOT = path.resolve(__dirname, "../../..");
const SLOWEST = 10;

interface Sum {
  passed: number;
  failed: number;
  ms: number;
}

/** Mocha's own `spec` report, then a line for each lane, the slowest files, and the line that CI reads: `N passed, N failed`. */
export class LaneReporter extends reporters.Spec {
  constructor(runner: Runner, options?: Mocha.MochaOptions) {
    super(runner, options);
    const files = new Map<string, Sum>();
    const add = ({ file }: Mocha.Runnable, more: Partial<Sum>): void => {
      // A hook of the whole run is in no test file.
      if (!file?.endsWith(".test.ts")) return;
      const { passed, failed, ms } = files.get(file) ?? { passed: 0, failed: 0, ms: 0 };
      const { passed: won = 0, failed: lost = 0, ms: took = 0 } = more;
      files.set(file, { passed: passed + won, failed: failed + lost, ms: ms + took });
    };
    const { constants } = Runner;
    runner.on(constants.EVENT_HOOK_END, (hook) => add(hook, { ms: hook.duration ?? 0 }));
    runner.on(constants.EVENT_TEST_END, (test) => add(test, { ms: test.duration ?? 0 }));
    runner.on(constants.EVENT_TEST_PASS, (test) => add(test, { passed: 1 }));
    runner.on(constants.EVENT_TEST_FAIL, (test) => add(test, { failed: 1 }));
    const notRun: string[] = [];
    runner.on(constants.EVENT_TEST_PENDING, (test) => notRun.push(test.fullTitle()));
    const again: string[] = [];
    runner.on(constants.EVENT_TEST_RETRY, (test, error) => again.push(`${test.fullTitle()}: ${firstLine(error)}`));
    runner.once(constants.EVENT_RUN_END, () => {
      const { passes, failures } = this.stats;
      const lines = [
        ...laneLines(files),
        "",
        ...slowestLines(files),
        "",
        ...listLines("not run here", notRun),
        ...listLines("failed at first and ran again", again),
        `${passes} passed, ${failures} failed`,
      ];
      // After the epilogue, which Spec prints on the same event.
      setImmediate(() => process.stdout.write(`\n${lines.join("\n")}\n`));
    });
  }
}

function laneLines(files: ReadonlyMap<string, Sum>): string[] {
  const lanes = new Map<Lane, { files: number } & Sum>();
  for (const [file, { passed, failed, ms }] of files) {
    const lane = laneOf(path.relative(ROOT, file));
    const sum = lanes.get(lane) ?? { files: 0, passed: 0, failed: 0, ms: 0 };
    lanes.set(lane, {
      files: sum.files + 1,
      passed: sum.passed + passed,
      failed: sum.failed + failed,
      ms: sum.ms + ms,
    });
  }
  return LANES.flatMap((lane) => {
    const sum = lanes.get(lane);
    if (sum === undefined) return [];
    return [
      `lane ${lane}: ${sum.files} files, ${sum.passed} passed, ${sum.failed} failed, ${seconds(sum.ms)} s of tests`,
    ];
  });
}

function slowestLines(files: ReadonlyMap<string, Sum>): string[] {
  const slowest = [...files].sort(([, a], [, b]) => b.ms - a.ms).slice(0, SLOWEST);
  return ["the slowest files:", ...slowest.map(([file, { ms }]) => `  ${seconds(ms)} s  ${path.relative(ROOT, file)}`)];
}

/** The titles of tests that this machine lacks something for say what. */
function listLines(heading: string, titles: readonly string[]): string[] {
  return titles.length === 0 ? [] : [`${titles.length} ${heading}:`, ...titles.map((title) => `  ${title}`), ""];
}

function firstLine({ message }: Error): string {
  return message.split("\n", 1).join();
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(1);
}

// Mocha loads a reporter with require() and takes the module itself.
module.exports = LaneReporter;
