import type { Engine } from "../support/backend/backend";
import type { FaultyCall } from "../support/backend/fault-proxy";
import { collected } from "../support/sdk/collected";
import { makeByHand } from "./by-hand";
import { type FaultyRun, faultyRun } from "./faulty-run";
import { type Finding, findingsOf } from "./findings";
import { heal } from "./heal";
import { historyOf, type Step } from "./history";
import { type DeclaredClient, programOf } from "./program";
import type { StrangersChange } from "./stranger";
import { type Backends, openWorld, type World } from "./world";

/** The result of a seed. */
export interface SeedReport {
  readonly seed: number;
  /** What happened, for people, on several lines. */
  readonly text: string;
  readonly faults: readonly FaultyCall["fault"][];
  readonly findings: readonly Finding[];
  /** How many runs of the CLI met faults. */
  readonly runs: number;
}

export interface SeedOptions {
  readonly seed: number;
  readonly backends: Backends;
  readonly under?: string | undefined;
}

/** Runs the history of a seed: each step with its faults, then heals and checks it. */
export async function runSeed({ seed, backends, under }: SeedOptions): Promise<SeedReport> {
  const start = performance.now();
  const engine: Engine = seed % 3 === 0 ? "postgres" : "memory";
  const { checkpoints, steps } = historyOf(seed);
  const backend = await backends.on(engine);
  const world = await openWorld({ project: `faults-${seed}`, backend, checkpoints, under });
  const taken: TakenStep[] = [];
  try {
    for (const step of steps) taken.push(await takeStep(world, step));
  } finally {
    await world.close();
  }
  const findings = taken.flatMap((step) => step.findings);
  const faults = taken.flatMap((step) => step.fell.map(({ fault }) => fault));
  const title = `seed ${seed}: ${DATABASES[engine]}, ${checkpoints ? "with" : "without"} checkpoints`;
  const seconds = ((performance.now() - start) / 1_000).toFixed(0);
  const verdict = findings.length === 0 ? "ok" : "FAILED";
  const lines = [title, ...taken.flatMap(linesOf), `  ${verdict} after ${seconds} s`];
  return { seed, text: lines.join("\n"), faults, findings, runs: taken.length };
}

/** Returns the command that runs one seed again. */
export function commandOf(seed: number): string {
  return `npm run test:faults -- --seed ${seed}`;
}

const DATABASES: Readonly<Record<Engine, string>> = { memory: "PGlite in memory", postgres: "PostgreSQL" };

interface TakenStep extends FaultyRun {
  readonly step: Step;
  readonly healing: readonly string[];
  readonly findings: readonly Finding[];
}

async function takeStep(world: World, step: Step): Promise<TakenStep> {
  const { command, declared, amended } = step;
  if (command !== "destroy") await writeProgram(world, declared);
  const before = await changesIn(world);
  const run = await faultyRun(world, step);
  if (amended !== null) await writeProgram(world, amended.declared);
  const { commands, findings } = await heal(world, step, run);
  const writes = command === "refresh" ? (await changesIn(world)) - before : 0;
  const unasked =
    writes === 0 ? [] : [{ kind: "unasked writes", detail: `${writes} writes came from a refresh` } as const];
  const all = [...findings, ...unasked, ...(await findingsOf(world, amended?.declared ?? declared))];
  return { ...run, step, healing: commands, findings: all };
}

async function changesIn({ admin, project }: World): Promise<number> {
  return (await collected(admin.audit.ofProject(project))).length;
}

async function writeProgram(world: World, declared: readonly DeclaredClient[]): Promise<void> {
  await makeByHand(world, declared);
  const { stack, handMade } = world;
  const ids = new Map([...handMade].map(([key, { id }]) => [key, id]));
  await stack.write("index.js", programOf(declared, ids));
}

function linesOf({ step, fell, end, healing, findings, stranger }: TakenStep, index: number): string[] {
  const met = step.stranger === null || stranger === null ? "" : `, and ${sentenceOf(step.stranger, stranger)}`;
  const next = step.amended === null ? "" : `, and the program went on to ${step.amended.title}`;
  const healed = healing.length === 0 ? "" : `; then ${healing.join(", ")}`;
  return [
    `  ${index + 1}. ${step.title}: the run ${end}${met}${next}${healed}`,
    ...fell.map(({ sentence }) => `     ${sentence}`),
    ...findings.map(({ kind, detail }) => `     FOUND ${kind}: ${detail}`),
  ];
}

function sentenceOf(change: StrangersChange, time: "early" | "late"): string {
  const { kind, client, when } = change;
  return `ana ${kind}s ${client} ${time === "late" ? "after the run" : when}`;
}
