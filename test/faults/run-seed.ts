import type { CommandResult } from "../../scripts/pulumi-stack";
import type { Engine } from "../support/backend";
import type { FaultyCall } from "../support/fault-proxy";
import { type Finding, findingsOf } from "./findings";
import { historyOf, isKill, type PlannedFault, type Step } from "./history";
import { programOf } from "./program";
import { type Backends, openWorld, type World } from "./world";

/** What came of a seed. */
export interface SeedReport {
  readonly seed: number;
  /** What happened, for people; of several lines. */
  readonly text: string;
  readonly faults: readonly FaultyCall["fault"][];
  readonly findings: readonly Finding[];
  /** How many runs of `pulumi up` met faults. */
  readonly runs: number;
}

export interface SeedOptions {
  readonly seed: number;
  readonly backends: Backends;
  readonly under?: string | undefined;
}

/** Lives through the history of a seed: each step with its faults, healed, and looked at. */
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

/** The command that runs one seed again. */
export function commandOf(seed: number): string {
  return `npm run test:faults -- --seed ${seed}`;
}

const DATABASES: Readonly<Record<Engine, string>> = { memory: "PGlite in memory", postgres: "PostgreSQL" };

interface Fallen {
  readonly fault: FaultyCall["fault"];
  /** As in `kill-after at POST clients of c1, answered with 201`. */
  readonly sentence: string;
}

interface TakenStep {
  readonly step: Step;
  readonly fell: readonly Fallen[];
  /** How the faulty run ended. */
  readonly end: string;
  readonly healing: readonly string[];
  readonly findings: readonly Finding[];
}

async function takeStep(world: World, step: Step): Promise<TakenStep> {
  await world.stack.write("index.js", programOf(step.declared));
  const { result, fell } = await faultyRun(world, step.faults);
  const killed = fell.some(({ fault }) => isKill(fault));
  const { healing, findings } = await heal(world, killed, result);
  const end = killed ? "killed" : result.code === 0 ? "succeeded" : "failed";
  return { step, fell, end, healing, findings: [...findings, ...(await findingsOf(world, step.declared))] };
}

async function faultyRun(
  { stack, proxy, resourceOf }: World,
  faults: readonly PlannedFault[],
): Promise<{ readonly result: CommandResult; readonly fell: readonly Fallen[] }> {
  const left = [...faults];
  const run = stack.start(...UP);
  proxy.meet(async (passing) => {
    const client = await resourceOf(passing);
    const index = left.findIndex((fault) => fault.call === passing.call && fault.client === client);
    const [met] = index < 0 ? [] : left.splice(index, 1);
    return met?.fault ?? null;
  }, run.kill);
  const result = await run.finished;
  const fell = await Promise.all(
    proxy.heal().map(async (faulty) => {
      const client = await resourceOf(faulty);
      const answered = faulty.status === null ? "which the backend did not see" : `answered with ${faulty.status}`;
      const sentence = `${faulty.fault} at ${faulty.call}${client === null ? "" : ` of ${client}`}, ${answered}`;
      return { fault: faulty.fault, sentence };
    }),
  );
  return { result, fell };
}

const UP = ["up", "--yes", "--skip-preview"];
const AFTER_A_KILL = [["cancel", "--yes"], UP, ["refresh", "--clear-pending-creates", "--yes", "--skip-preview"]];

/** Takes the steps that the docs name, and then runs once more, which must find nothing to do. */
async function heal({ stack }: World, killed: boolean, { code }: CommandResult) {
  const steps = killed ? AFTER_A_KILL : code === 0 ? [] : [UP];
  const findings: Finding[] = [];
  for (const step of [...steps, [...UP, "--expect-no-changes"]]) {
    const { code, output } = await stack.run(...step);
    if (code !== 0) findings.push({ kind: "runs not healed", detail: `pulumi ${step.join(" ")}:\n${output}` });
  }
  return { healing: steps.map(([command = ""]) => command), findings };
}

function linesOf({ step, fell, end, healing, findings }: TakenStep, index: number): string[] {
  const healed = healing.length === 0 ? "" : `; then ${healing.join(", ")}`;
  return [
    `  ${index + 1}. ${step.title}: the run ${end}${healed}`,
    ...fell.map(({ sentence }) => `     ${sentence}`),
    ...findings.map(({ kind, detail }) => `     FOUND ${kind}: ${detail}`),
  ];
}
