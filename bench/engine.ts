import type { PulumiStack } from "../scripts/pulumi-stack";
import { withPeakMemory } from "./peak-memory";
import { openStack, type StackSetup, VARIANTS, type Variant } from "./stacks";

export const OPERATIONS = ["up", "preview", "refresh"] as const;
export type Operation = (typeof OPERATIONS)[number];

const COMMANDS: Readonly<Record<Operation, readonly string[]>> = {
  up: ["up", "--yes", "--skip-preview"],
  preview: ["preview", "--expect-no-changes"],
  refresh: ["refresh", "--yes", "--skip-preview"],
};

/** One run of the CLI. */
export interface Measurement {
  readonly size: number;
  readonly operation: Operation;
  readonly variant: Variant;
  /** Counted per operation; the runs of one round follow each other, so that they share the machine's load. */
  readonly round: number;
  readonly seconds: number;
  /** MiB. */
  readonly peak: number | null;
}

export interface EnginePlan {
  readonly sizes: readonly number[];
  readonly rounds: Readonly<Record<Operation, number>>;
  readonly under: string;
  readonly environmentFor: (variant: Variant) => Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}

/** Measures the real CLI with each variant in turn. */
export async function measureEngine(plan: EnginePlan): Promise<Measurement[]> {
  const measurements: Measurement[] = [];
  for (const size of plan.sizes) measurements.push(...(await measureSize(plan, size)));
  return measurements;
}

async function measureSize(plan: EnginePlan, size: number): Promise<Measurement[]> {
  const { rounds, under, environmentFor } = plan;
  const measurements: Measurement[] = [];
  const setups = VARIANTS.map(
    (variant): StackSetup => ({ variant, size, under, environment: environmentFor(variant) }),
  );
  const stacks = new Map<Variant, PulumiStack>();
  for (const setup of setups) stacks.set(setup.variant, await openStack(setup));

  for (const operation of OPERATIONS) {
    for (let round = 1; round <= rounds[operation]; round++) {
      if (operation === "up" && round > 1) await destroyAll(stacks);
      for (const [variant, stack] of rotated([...stacks], round)) {
        const measured = await measure(stack, operation);
        measurements.push({ size, operation, variant, round, ...measured });
        plan.report(`N = ${size}, ${operation}, round ${round}, ${variant}: ${measured.seconds.toFixed(2)} s`);
      }
    }
  }
  await destroyAll(stacks);
  for (const stack of stacks.values()) await stack.close();
  return measurements;
}

/** The time of a command, and the peak memory of its processes in MiB. */
export interface Measured {
  readonly seconds: number;
  /** Of the process that runs the handlers. */
  readonly peak: number | null;
  /** Of the process that runs the program. */
  readonly programPeak: number | null;
}

/** Runs a command of the CLI and measures it. */
export async function measure(stack: PulumiStack, operation: Operation): Promise<Measured> {
  const { result, peaks } = await withPeakMemory(stack.folder, async () => {
    const start = performance.now();
    await stack.succeed(...COMMANDS[operation]);
    return (performance.now() - start) / 1000;
  });
  return { seconds: result, peak: peaks.handlers, programPeak: peaks.program };
}

async function destroyAll(stacks: ReadonlyMap<Variant, PulumiStack>): Promise<void> {
  for (const stack of stacks.values()) await stack.succeed("destroy", "--yes", "--skip-preview");
}

/** Rotates the order of the variants, so that none always profits or suffers from the one before it. */
function rotated<T>(items: readonly T[], by: number): T[] {
  const first = by % items.length;
  return [...items.slice(first), ...items.slice(0, first)];
}
