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

/** Seconds of `xtremepush-access-env up`, of `pulumi up` and of the same without its preview, one after the other. */
export interface EnvironmentPair {
  readonly run: EnvironmentRun;
  readonly round: number;
  readonly environment: number;
  readonly pulumi: number;
  readonly withoutPreview: number;
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
    for (const name of Object.values(namesOf(round))) {
      await access.projects.create({ slug: name });
      await stack.succeed("stack", "init", name, "--no-select");
      await stack.succeed("config", "set", "xtremepush:project", name, "--stack", name);
    }
    for (const run of ENVIRONMENT_RUNS) {
      const pair = { run, round, ...(await measurePair(stack, round)) };
      const [ours, plain, bare] = [pair.environment, pair.pulumi, pair.withoutPreview].map((time) => time.toFixed(2));
      const counted = round === 0 ? "not counted" : `round ${round}`;
      report(`${plan.size} clients, ${run}, ${counted}: ${ours} s, pulumi up ${plain} s, without preview ${bare} s`);
      if (round > 0) pairs.push(pair);
    }
  }
  await stack.close();
  await backend.stop();
  return { ...plan, pairs };
}

const namesOf = (round: number) => ({ plain: `plain-${round}`, bare: `bare-${round}` });

/** Runs the commands, in the other order in every second round. */
async function measurePair(stack: PulumiStack, round: number): Promise<Omit<EnvironmentPair, "run" | "round">> {
  const { plain, bare } = namesOf(round);
  const times = { environment: 0, pulumi: 0, withoutPreview: 0 };
  const commands = [
    async () => (times.environment = await timed(stack, process.execPath, MAIN, "up", `env-${round}`)),
    async () => (times.pulumi = await timed(stack, "pulumi", ...UP, "--stack", plain)),
    async () => (times.withoutPreview = await timed(stack, "pulumi", ...UP, "--skip-preview", "--stack", bare)),
  ];
  for (const command of round % 2 === 0 ? commands : commands.reverse()) await command();
  return times;
}

async function timed({ folder, environment }: PulumiStack, command: string, ...args: readonly string[]) {
  const start = performance.now();
  const { code, stdout, stderr } = await runCommand(command, args, { cwd: folder, env: environment });
  if (code !== 0) throw new Error(`${args.join(" ")} ended with ${code}:\n${stdout}\n${stderr}`);
  return (performance.now() - start) / 1_000;
}

const UP = ["up", "--yes", "--non-interactive"] as const;

function accessEnv(size: number): string {
  const deliveries = Array.from({ length: size }, (_, index) => [
    `  - client: Client ${index + 1}`,
    `    dotenv: { file: ".env.{name}", variables: { SECRET_${index + 1}: clientSecret } }`,
  ]);
  const environments = ["  dev:", '  env-*: { like: dev, project: "{name}" }'];
  return ["version: 1", "environments:", ...environments, "deliver:", ...deliveries.flat(), ""].join("\n");
}
