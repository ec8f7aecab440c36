import { mkdir } from "node:fs/promises";
import path from "node:path";
import { AccessClient } from "xtremepush-access";
import { accessEnvironment } from "../scripts/access-environment";
import { BackendProcess } from "../scripts/demo/backend-process";
import { runCommand } from "../scripts/pulumi-cli/run-command";
import { PulumiStack } from "../scripts/pulumi-stack";
import { program } from "./stacks";

/** A new environment, or stack, and the same one again without a change. */
export const ENVIRONMENT_RUNS = ["new", "again"] as const;
export type EnvironmentRun = (typeof ENVIRONMENT_RUNS)[number];

export interface EnvironmentsPlan {
  /** How many clients the program declares, each with a grant and a delivery. */
  readonly size: number;
  /** Pairs of the two commands. */
  readonly rounds: number;
}

/** Seconds of `xtremepush-access-env up` and of `pulumi up`, one after the other. */
export interface EnvironmentPair {
  readonly run: EnvironmentRun;
  readonly round: number;
  readonly environment: number;
  readonly pulumi: number;
}

export interface EnvironmentsFindings extends EnvironmentsPlan {
  readonly pairs: readonly EnvironmentPair[];
}

interface EnvironmentsSetup {
  readonly plan: EnvironmentsPlan;
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: (line: string) => void;
}

const MAIN = path.resolve(__dirname, "../environments/dist/main.js");

/** Measures `up` of an environment beside `pulumi up` of the same program, whose stack and project are there already. */
export async function measureEnvironments({
  plan,
  folder,
  report,
  ...setup
}: EnvironmentsSetup): Promise<EnvironmentsFindings> {
  await mkdir(folder, { recursive: true });
  const backend = await BackendProcess.start({ ...setup, folder: path.join(folder, "backend") });
  const { endpoint } = backend;
  const token = await backend.adminToken();
  const access = new AccessClient({ endpoint, token });
  const environment = { ...accessEnvironment({ endpoint, token }), BENCH_SIZE: String(plan.size) };
  // Its own stack is not measured: each round has a new one.
  const stack = await PulumiStack.open({ under: folder, timeout: 600_000, environment });
  await stack.write("index.js", await program("declared"));
  await stack.write("access-env.yaml", accessEnv(plan.size));
  await stack.write("Pulumi.dev.yaml", "config: {}\n");
  const pairs: EnvironmentPair[] = [];
  // The first round warms up what later ones find in the caches of the machine.
  for (let round = 0; round <= plan.rounds; round++) {
    const plain = `plain-${round}`;
    await access.projects.create({ slug: plain });
    await stack.succeed("stack", "init", plain, "--no-select");
    await stack.succeed("config", "set", "xtremepush:project", plain, "--stack", plain);
    for (const run of ENVIRONMENT_RUNS) {
      const pair = { run, round, ...(await measurePair(stack, round)) };
      const [ours, theirs] = [pair.environment, pair.pulumi].map((seconds) => seconds.toFixed(2));
      const counted = round === 0 ? "not counted" : `round ${round}`;
      report(`${plan.size} clients, ${run}, ${counted}: ${ours} s, pulumi up ${theirs} s`);
      if (round > 0) pairs.push(pair);
    }
  }
  await stack.close();
  await backend.stop();
  return { ...plan, pairs };
}

/** Runs both commands, each first in every second round. */
async function measurePair(
  stack: PulumiStack,
  round: number,
): Promise<Pick<EnvironmentPair, "environment" | "pulumi">> {
  const ours = () => timed(stack, process.execPath, MAIN, "up", `env-${round}`);
  const theirs = () => timed(stack, "pulumi", ...PLAIN, "--stack", `plain-${round}`);
  if (round % 2 === 0) return { environment: await ours(), pulumi: await theirs() };
  const pulumi = await theirs();
  return { environment: await ours(), pulumi };
}

async function timed({ folder, environment }: PulumiStack, command: string, ...args: readonly string[]) {
  const start = performance.now();
  const { code, stdout, stderr } = await runCommand(command, args, { cwd: folder, env: environment });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return (performance.now() - start) / 1_000;
}

const PLAIN = ["up", "--yes", "--skip-preview", "--non-interactive"] as const;

function accessEnv(size: number): string {
  const deliveries = Array.from({ length: size }, (_, index) => [
    `  - client: Client ${index + 1}`,
    `    dotenv: { file: ".env.{name}", variables: { SECRET_${index + 1}: clientSecret } }`,
  ]);
  const environments = ["  dev:", '  env-*: { like: dev, project: "{name}" }'];
  return ["version: 1", "environments:", ...environments, "deliver:", ...deliveries.flat(), ""].join("\n");
}
