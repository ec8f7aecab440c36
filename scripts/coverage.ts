import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { runCommand } from "./pulumi-cli/run-command";

const ROOT = path.resolve(__dirname, "..");
const FOLDER = path.join(ROOT, "coverage");
const TIMEOUT = 1_200_000;
const FAILURE_LINES = 100;

/** The percent of its lines that the quick lane must run, for each room; what only programs run counts as not run. */
const FLOORS: Readonly<Record<string, number>> = {
  sdk: 98,
  provider: 88,
  backend: 85,
  review: 60,
  environments: 62,
  gateway: 70,
};

interface Lines {
  readonly lines: { readonly total: number; readonly covered: number };
}

async function main(): Promise<void> {
  rmSync(FOLDER, { recursive: true, force: true });
  const env = { ...process.env, TEST_LANE: "quick" };
  const args = [...measuredFiles(), "mocha", "--config", "test/lanes.mocharc.cjs"];
  const { code, stdout } = await runCommand("c8", args, { cwd: ROOT, env, timeout: TIMEOUT });
  // The failures are at the end, after a line for each test.
  if (code !== 0) throw new Error(`the tests failed:\n${stdout.split("\n").slice(-FAILURE_LINES).join("\n")}`);
  const summary: Readonly<Record<string, Lines>> = JSON.parse(
    readFileSync(path.join(FOLDER, "coverage-summary.json"), "utf8"),
  );
  for (const [room, floor] of Object.entries(FLOORS)) {
    const percent = percentOf(summary, path.join(ROOT, room, "src"));
    const isEnough = percent >= floor;
    if (!isEnough) process.exitCode = 1;
    console.log(`${room}: ${percent.toFixed(1)} % of the lines, at least ${floor} %${isEnough ? "" : ": too few"}`);
  }
}

/** The files of the rooms, as they are written and as they run. */
function measuredFiles(): string[] {
  return Object.keys(FLOORS).flatMap((room) => [
    `--src=${room}/src`,
    `--include=${room}/src/**/*.ts`,
    `--include=${room}/dist/**/*.js`,
  ]);
}

function percentOf(summary: Readonly<Record<string, Lines>>, folder: string): number {
  const files = Object.entries(summary).filter(([file]) => file.startsWith(folder + path.sep));
  const sum = (count: "total" | "covered") => files.reduce((all, [, { lines }]) => all + lines[count], 0);
  return (100 * sum("covered")) / sum("total");
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
});
