import type { Engine } from "../support/backend/backend";
import type { FaultyCall } from "../support/backend/fault-proxy";
import { collected } from "../support/sdk/collected";
import { makeByHand } from "./by-hand";
import { type FaultyRun, faultyRun } from "./faulty-run";
import { type Finding, findingsOf, secondFindings } from "./findings";
import { heal } from "./heal";
import { historyOf, type Step } from "./history";
import { type DeclaredClient, intruderOf, programOf } from "./program";
import { giveAsSecond, releaseGranted } from "./second-grants";
import type { StrangersChange } from "./stranger";
import { type Backends, openWorld, takeIdentity, type World } from "./world";

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
  const { command, declared, amended, intrudes, refused } = step;
  await takeIdentity(world, step.identity);
  if (command !== "destroy") await writeProgram(world, declared, intrudes);
  const before = await changesIn(world);
  const run = await faultyRun(world, step);
  const taken = [...(await secondFindings(world)), ...unrefused(step, run)];
  if (amended !== null || intrudes) await writeProgram(world, amended?.declared ?? declared);
  await releaseGranted(world, refused);
  const { commands, findings } = await heal(world, step, run);
  const writes = command === "refresh" ? (await changesIn(world)) - before : 0;
  const unasked =
    writes === 0 ? [] : [{ kind: "unasked writes", detail: `${writes} writes came from a refresh` } as const];
  await giveAsSecond(world, amended?.declared ?? declared);
  const all = [...taken, ...findings, ...unasked, ...(await findingsOf(world, amended?.declared ?? declared))];
  return { ...run, step, healing: commands, findings: all };
}

/** A run that succeeds though it takes what the second program has was not refused. */
function unrefused({ intrudes, refused, amended, command }: Step, { end }: FaultyRun): Finding[] {
  const isTaking = intrudes || (refused.length > 0 && amended === null && command !== "refresh");
  return isTaking && end === "succeeded" ? [{ kind: "changes of others", detail: "the run was not refused" }] : [];
}

async function changesIn({ admin, project }: World): Promise<number> {
  return (await collected(admin.audit.ofProject(project))).length;
}

async function writeProgram(world: World, declared: readonly DeclaredClient[], intrudes = false): Promise<void> {
  await makeByHand(world, declared);
  const { stack, handMade, second } = world;
  const ids = new Map([...handMade].map(([key, { id }]) => [key, id]));
  const program = programOf(declared, ids);
  await stack.write("index.js", intrudes ? `${program}${intruderOf(second.own.id)}` : program);
}

function linesOf({ step, fell, end, healing, findings, stranger }: TakenStep, index: number): string[] {
  const met = step.stranger === null || stranger === null ? "" : `, and ${sentenceOf(step.stranger, stranger)}`;
  const others = step.intrudes ? ", and wanted a grant of the second program" : "";
  const released =
    step.refused.length === 0 ? "" : `, and the grants of the second program on ${step.refused} were released`;
  const next = step.amended === null ? "" : `, and the program went on to ${step.amended.title}`;
  const healed = healing.length === 0 ? "" : `; then ${healing.join(", ")}`;
  return [
    `  ${index + 1}. ${step.title}: the run ${end}${others}${met}${released}${next}${healed}`,
    ...fell.map(({ sentence }) => `     ${sentence}`),
    ...findings.map(({ kind, detail }) => `     FOUND ${kind}: ${detail}`),
  ];
}

function sentenceOf(change: StrangersChange, time: "early" | "late"): string {
  const { kind, client, when } = change;
  return `ana ${kind}s ${client} ${time === "late" ? "after the run" : when}`;
}
