import { AccessClient } from "xtremepush-access";
import { accessEnvironment } from "../scripts/access-environment";
import type { PulumiStack } from "../scripts/pulumi-stack";
import { type Measured, measure } from "./engine";
import { openStack, program } from "./stacks";

/** `Integration`s, and as many components with plain resources. */
export const PROGRAM_VARIANTS = ["ours", "plain"] as const;
export type ProgramVariant = (typeof PROGRAM_VARIANTS)[number];
export const PROGRAM_COMMANDS = ["up", "preview"] as const;
export type ProgramCommand = (typeof PROGRAM_COMMANDS)[number];

export interface ProgramPlan {
  /** How many integrations the program declares: a component, a client and a grant each. */
  readonly size: number;
  /** Interleaved rounds of the preview; an `up` runs once. */
  readonly rounds: number;
}

/** One run of the CLI. */
export interface ProgramRun extends Measured {
  readonly command: ProgramCommand;
  readonly variant: ProgramVariant;
  readonly round: number;
}

export interface ProgramFindings extends ProgramPlan {
  readonly runs: readonly ProgramRun[];
}

interface ProgramSetup {
  readonly plan: ProgramPlan;
  /** The folder for the stacks. */
  readonly folder: string;
  readonly endpoint: string;
  readonly token: string;
  readonly report: (line: string) => void;
}

/** Measures the process of a large program beside that of its handlers, with the CLI. */
export async function measureProgram(setup: ProgramSetup): Promise<ProgramFindings> {
  const { plan, report } = setup;
  const stacks = new Map<ProgramVariant, PulumiStack>();
  for (const variant of PROGRAM_VARIANTS) stacks.set(variant, await open(setup, variant));
  const runs: ProgramRun[] = [];
  const run = async (command: ProgramCommand, round: number) => {
    for (const [variant, stack] of round % 2 === 0 ? [...stacks].reverse() : stacks) {
      const measured = await measure(stack, command);
      runs.push({ command, variant, round, ...measured });
      const { seconds, programPeak } = measured;
      report(
        `${plan.size} integrations, ${command}, round ${round}, ${variant}: ${seconds.toFixed(1)} s, ${programPeak} MiB`,
      );
    }
  };
  await run("up", 1);
  for (let round = 1; round <= plan.rounds; round++) await run("preview", round);
  for (const stack of stacks.values()) await stack.close();
  return { ...plan, runs };
}

async function open({ plan, folder, endpoint, token }: ProgramSetup, variant: ProgramVariant): Promise<PulumiStack> {
  const project = `program-${variant}`;
  await new AccessClient({ endpoint, token }).projects.create({ slug: project });
  const environment = { ...accessEnvironment({ endpoint, project, token }), BENCH_COMPONENTS: "true" };
  const stack = await openStack({ variant, size: plan.size, environment, under: folder });
  if (variant === "ours") await stack.write("index.js", await program("integrations"));
  return stack;
}
