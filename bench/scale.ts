import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { accessEnvironment } from "../scripts/access-environment";
import { BackendProcess } from "../scripts/demo/backend-process";
import type { PulumiStack } from "../scripts/pulumi-stack";
import { type Crash, crash } from "./crash";
import { measure } from "./engine";
import { countRequests } from "./request-count";
import { openStack, WITHOUT_CHECKPOINTS } from "./stacks";

/** The product and the engine's floor; the third variant would only take time. */
const SCALE_VARIANTS = ["ours", "floor"] as const;
export type ScaleVariant = (typeof SCALE_VARIANTS)[number];
export const SCALE_COMMANDS = ["up", "refresh"] as const;
export type ScaleCommand = (typeof SCALE_COMMANDS)[number];

export interface ScalePlan {
  /** How many clients the program declares, each with a grant. */
  readonly size: number;
  /** Interleaved rounds of the refresh; an `up` runs once. */
  readonly rounds: number;
  /** With checkpoints, without, or both. */
  readonly checkpoints: readonly boolean[];
}

/** One run of the CLI on a large program. */
export interface ScaleRun {
  readonly command: ScaleCommand;
  readonly checkpoints: boolean;
  readonly variant: ScaleVariant;
  readonly round: number;
  readonly seconds: number;
  /** MiB. */
  readonly peak: number | null;
  /** Counted by the backend. */
  readonly requests: number;
}

export interface ScaleFindings extends ScalePlan {
  readonly runs: readonly ScaleRun[];
  readonly crashes: readonly Crash[];
}

interface ScaleSetup {
  readonly plan: ScalePlan;
  /** The folder for the data and the stacks. */
  readonly folder: string;
  /** Added to the environment of the backend. */
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}

/** Measures a large program on one backend, and what remains when an `up` is killed. */
export async function measureScale(setup: ScaleSetup): Promise<ScaleFindings> {
  const { plan, folder, environment } = setup;
  const backend = await BackendProcess.start({ folder: path.join(folder, "scale"), environment });
  const token = await backend.adminToken();
  const scene: Scene = { ...setup, endpoint: backend.endpoint, token };
  const runs: ScaleRun[] = [];
  const crashes: Crash[] = [];
  for (const checkpoints of plan.checkpoints) {
    runs.push(...(await measureRuns(scene, checkpoints)));
    crashes.push(await measureCrash(scene, checkpoints));
  }
  await backend.stop();
  return { ...plan, runs, crashes };
}

interface Scene extends ScaleSetup {
  readonly endpoint: string;
  readonly token: string;
}

async function measureRuns(scene: Scene, checkpoints: boolean): Promise<ScaleRun[]> {
  const runs: ScaleRun[] = [];
  const stacks = new Map<ScaleVariant, PulumiStack>();
  const run = async (command: ScaleCommand, round: number) => {
    for (const [variant, stack] of round % 2 === 0 ? [...stacks].reverse() : stacks) {
      const what = `${command} ${checkpoints ? "with" : "without"} checkpoints, round ${round}, ${variant}`;
      scene.report(`${what} …`);
      const before = await countRequests(scene.endpoint, scene.token);
      const measured = await measure(stack, command);
      const requests = (await countRequests(scene.endpoint, scene.token)).all - before.all;
      runs.push({ command, checkpoints, variant, round, ...measured, requests });
      scene.report(`${what}: ${measured.seconds.toFixed(1)} s, ${requests} requests`);
    }
  };
  for (const variant of SCALE_VARIANTS) {
    stacks.set(variant, (await open(scene, variant, checkpoints)).stack);
  }
  await run("up", 1);
  for (let round = 1; round <= scene.plan.rounds; round++) await run("refresh", round);
  scene.report("destroying both …");
  for (const stack of stacks.values()) await remove(stack);
  return runs;
}

async function measureCrash(scene: Scene, checkpoints: boolean): Promise<Crash> {
  const { endpoint, token, plan, report } = scene;
  report(`an up ${checkpoints ? "with" : "without"} checkpoints that is killed in the middle`);
  const { stack, project } = await open(scene, "ours", checkpoints);
  const access = new AccessClient({ endpoint, token });
  const countCreates = async () => (await countRequests(endpoint, token)).creates;
  const crashed = await crash({ stack, access, project, size: plan.size, checkpoints, report, countCreates });
  await remove(stack);
  return crashed;
}

let projects = 0;

/** A stack with its own project on the backend. */
async function open({ endpoint, token, folder, plan }: Scene, variant: ScaleVariant, checkpoints: boolean) {
  projects += 1;
  const project = `scale-${projects}`;
  await new AccessClient({ endpoint, token }).projects.create({ slug: project });
  const environment = accessEnvironment({ endpoint, project, token });
  return { project, stack: await openStack({ variant, size: plan.size, environment, under: folder, checkpoints }) };
}

/** Always destroys without checkpoints, because it takes minutes with them. */
async function remove(stack: PulumiStack): Promise<void> {
  await stack.with(WITHOUT_CHECKPOINTS).succeed("destroy", "--yes", "--skip-preview");
  await stack.close();
}
