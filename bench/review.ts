import { mkdir, rename, writeFile } from "node:fs/promises";
import path from "node:path";
import { accessEnvironment } from "../scripts/access-environment";
import { runCommand } from "../scripts/pulumi-cli/run-command";
import { openStack, program } from "./stacks";

const MAIN = path.resolve(__dirname, "../review/dist/main.js");

/** How many clients get twenty other permissions. */
export const CHANGES = ["one", "all"] as const;
export type Change = (typeof CHANGES)[number];

export interface ReviewPlan {
  /** How many clients the program declares, each with a grant of 20 permissions. */
  readonly size: number;
  readonly rounds: number;
}

/** A reviewed change; times in seconds. */
export interface ReviewedChange {
  readonly change: Change;
  /** Time to write the program's lock file. */
  readonly locked: number;
  /** Time of each round to compare two lock files and write JSON. */
  readonly compared: readonly number[];
  /** The length of the comment. */
  readonly characters: number;
}

export interface ReviewFindings extends ReviewPlan {
  readonly changes: readonly ReviewedChange[];
  /** Time of `pulumi preview` of the same program with do-nothing handlers. */
  readonly previewed: number;
}

interface ReviewSetup {
  readonly plan: ReviewPlan;
  /** The folder for the program. */
  readonly folder: string;
  readonly report: (line: string) => void;
}

/** Measures the review of a large program: each command in its own process, as CI runs it. */
export async function measureReview({ plan, folder, report }: ReviewSetup): Promise<ReviewFindings> {
  await writeProgram(folder);
  await lock(folder, "base.json", { size: plan.size, changed: 0 });
  const changes: ReviewedChange[] = [];
  for (const change of CHANGES) {
    const head = `${change}.json`;
    const locked = await lock(folder, head, { size: plan.size, changed: change === "one" ? 1 : plan.size });
    report(`a review of ${plan.size} clients, ${change} changed: the program was read in ${locked.toFixed(1)} s`);
    const compared: number[] = [];
    for (let round = 1; round <= plan.rounds; round++) compared.push((await compare(folder, head)).seconds);
    changes.push({ change, locked, compared, characters: await commentLength(folder) });
  }
  const previewed = await preview(folder, plan.size);
  report(`a preview of them with do-nothing handlers took ${previewed.toFixed(1)} s`);
  return { ...plan, changes, previewed };
}

async function preview(folder: string, size: number): Promise<number> {
  const environment = accessEnvironment({ endpoint: "http://127.0.0.1:1", project: "bench", token: "none" });
  const stack = await openStack({ variant: "floor", size, environment, under: folder });
  await stack.write("index.js", await program("reviewed"));
  for (const [key, value] of Object.entries({ size, changed: 0 })) {
    await stack.succeed("config", "set", `programs:${key}`, String(value));
  }
  const start = performance.now();
  await stack.succeed("preview");
  return (performance.now() - start) / 1000;
}

async function writeProgram(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFile(path.join(folder, "Pulumi.yaml"), "name: reviewed\nruntime: nodejs\n");
  await writeFile(path.join(folder, "package.json"), '{ "name": "reviewed", "main": "index.js" }\n');
  await writeFile(path.join(folder, "index.js"), await program("reviewed"));
}

async function lock(folder: string, file: string, config: Readonly<Record<string, number>>): Promise<number> {
  const lines = Object.entries(config).map(([name, value]) => `  reviewed:${name}: ${value}\n`);
  await writeFile(path.join(folder, "Pulumi.prod.yaml"), `config:\n${lines.join("")}`);
  const { seconds } = await review(folder, "lock", "--stack", "prod");
  await rename(path.join(folder, "access/reviewed.prod.json"), path.join(folder, file));
  return seconds;
}

/** Writes to a file, as the action does; with a pipe, the time of its reader would count too. */
function compare(folder: string, head: string) {
  return review(folder, "diff", "base.json", head, "--format", "annotations", "--write", "json=review.json");
}

async function commentLength(folder: string): Promise<number> {
  const on = ["--repo", "acme/access", "--pull-request", "1"];
  return (await review(folder, "comment", "review.json", ...on, "--dry-run")).stdout.length;
}

/** @throws Error with the command's output, when it failed. */
async function review(
  folder: string,
  ...args: string[]
): Promise<{ readonly seconds: number; readonly stdout: string }> {
  const start = performance.now();
  const { code, stdout, stderr } = await runCommand(process.execPath, [MAIN, ...args], { cwd: folder });
  const seconds = (performance.now() - start) / 1000;
  // 1 means that the change needs approval.
  if (code !== 0 && code !== 1) throw new Error(`xtremepush-access-review ${args[0]} ended with ${code}: ${stderr}`);
  return { seconds, stdout };
}
