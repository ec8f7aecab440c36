import type { Heading, Sections } from "./document";
import type { Measurement } from "./engine";
import type { EnvironmentsFindings } from "./environments";
import { environmentsTable, environmentsVerdicts } from "./environments-tables";
import type { GatewayFindings } from "./gateway";
import { gatewayMemoryTable, gatewayTable, gatewayVerdicts } from "./gateway-tables";
import type { GrowthFindings } from "./growth";
import { besideTable, growthTable, growthVerdicts } from "./growth-tables";
import { written } from "./markdown";
import type { Plan } from "./plan";
import type { ProgramFindings } from "./program";
import { programTable, programVerdicts } from "./program-tables";
import type { CallName, CallResult } from "./requests";
import type { ReviewFindings } from "./review";
import { reviewTable, reviewVerdicts } from "./review-tables";
import type { ScaleFindings } from "./scale";
import { crashTable, scaleTable, scaleVerdicts } from "./scale-tables";
import { engineTable, memoryTable, requestsTable, verdict } from "./tables";

export interface Findings {
  readonly plan: Plan;
  readonly measurements: readonly Measurement[];
  readonly requests: ReadonlyMap<string, ReadonlyMap<CallName, CallResult>>;
  readonly scale: ScaleFindings | null;
  readonly review: ReviewFindings | null;
  readonly growth: GrowthFindings | null;
  readonly program: ProgramFindings | null;
  readonly gateway: GatewayFindings | null;
  readonly environments: EnvironmentsFindings | null;
  readonly machine: string;
}

/** The measurements as Markdown, with everything that a reader needs to judge and repeat them. */
export function report({
  plan,
  measurements,
  requests,
  scale,
  review,
  growth,
  program,
  gateway,
  environments,
  machine,
}: Findings): Sections {
  const sections = new Map<Heading, string>();
  const add = (heading: Heading, flags: string, parts: readonly string[]) => {
    const measured = `Measured by \`npm run bench -- ${flags}--write\` on ${machine}.`;
    sections.set(heading, [measured, ...parts].join("\n\n"));
  };
  if (measurements.length > 0) add("The provider on the Pulumi engine", "", engineParts(measurements));
  if (scale !== null) add("A thousand clients", "--scale ", scaleParts(scale));
  if (program !== null) add("The process of a large program", "--only program ", programParts(program));
  if (requests.size > 0) add("The backend under load", "", requestParts(plan, requests));
  if (review !== null) add("The review of a pull request", "--only review ", reviewParts(review));
  if (growth !== null) {
    const full = growth.some(({ clients }) => clients >= 1_000_000) ? "--full " : "";
    add("The backend as it grows", `--only growth ${full}`, growthParts(growth));
  }
  if (gateway !== null) add("The gateway", "--only gateway ", gatewayParts(gateway));
  if (environments !== null) add("An environment", "--only environments ", environmentsParts(environments));
  return sections;
}

function engineParts(measurements: readonly Measurement[]): string[] {
  return [
    `A program declares N clients and N grants of 20 permissions each. *ours* is this provider against a backend on the same machine;
*floor* has the same classes and inputs with handlers that do nothing, so it measures the engine and Pulumi's SDK;
*plain* are \`dynamic.Resource\` classes as Pulumi's documentation shows them, with the same outputs, which call the same backend
with \`fetch\` and do without owner, checks, retries and protection of others' changes.
The state is a folder, with \`PULUMI_EXPERIMENTAL=true PULUMI_SKIP_CHECKPOINTS=true\`. Each cell is the median of the rounds
(least-most); a ratio is the median of the ratios of runs that followed each other. Previews and refreshes find no change.`,
    engineTable(measurements),
    verdict(measurements)?.sentence ??
      "The target, a ratio of at most 1.15 for a preview at N = 250, was not measured.",
    "The peak memory of the process that runs the handlers:",
    memoryTable(measurements),
  ];
}

function scaleParts(scale: ScaleFindings): string[] {
  const size = written(scale.size);
  return [
    `A program declares ${size} clients and ${size} grants of 20 permissions each; its backend is one process with its data in a folder.
*ours* is this provider, *floor* the same classes and inputs with handlers that do nothing. *requests* is the number that the backend
counted in one run of *ours*, the maximum of all rounds. By default the engine writes the whole state after each resource, here
to a folder; *without checkpoints* is \`PULUMI_EXPERIMENTAL=true PULUMI_SKIP_CHECKPOINTS=true\`, which writes the state once.
Each cell is the median of the rounds (least-most). The refreshes find no change.`,
    scaleTable(scale),
    `What a crash loses: another \`up\` of the same program is killed (SIGKILL to its process group) when half of its clients
exist. Then the steps of the runbook follow: \`pulumi cancel\`, \`pulumi up\`, \`pulumi refresh --clear-pending-creates\`. *steps* is their
time, and the next columns show what is wrong afterwards: *missing* clients are declared but do not exist, *doubled* clients
exist but are not in the state, *dead* secrets are in the state but do not get a token.`,
    crashTable(scale),
    scaleVerdicts(scale)
      .map(({ sentence }) => `- ${sentence}`)
      .join("\n"),
  ];
}

function programParts(program: ProgramFindings): string[] {
  const verdicts = programVerdicts(program).map(({ sentence }) => `- ${sentence}`);
  return [
    `A program declares ${written(program.size)} integrations: a component, a client and a grant of 20 permissions each. *ours* is
\`Integration\`; *plain* has as many components, with \`dynamic.Resource\` classes as Pulumi's documentation shows them and the same
outputs of the backend. *program* is the process that runs the program, *handlers* the one that runs the handlers, each with its
peak memory. The state is a folder, without checkpoints. Each time is the median of the rounds (least-most); a ratio is the median of
the ratios of runs that followed each other. The previews find no change. The peak depends on when Node.js collects garbage, so it
differs between equal runs; [what is alive](guides/large-stacks.md#memory) does not.`,
    programTable(program),
    verdicts.length > 0 ? verdicts.join("\n") : "The target, which is for 1,000 integrations, was not measured.",
  ];
}

function requestParts({ clients, seconds }: Plan, requests: Findings["requests"]): string[] {
  return [
    `One backend process, called over 16 connections for ${seconds} s a call by a process on the same machine, which takes its share of the
cores; ${written(clients)} clients with 20 permissions each exist before the run. *read* is one client, *list* a page of 100 clients with their
grants, *create* a client with its secret, *token* an access token by client_credentials, *introspection* the answer for one token. PostgreSQL runs with its
default settings, so it waits for the disk at each change; the rate limits are raised, and the log is on.`,
    requestsTable(requests),
  ];
}

function growthParts(growth: GrowthFindings): string[] {
  const verdicts = growthVerdicts(growth).map(({ sentence }) => `- ${sentence}`);
  return [
    `One backend process on a PostgreSQL server of its own with default settings, called over 4 connections by a process on the same
machine. Before each size, its tables are filled by SQL: each client has a secret, a grant of 20 permissions and an audit row; nine
of ten are in the project that is called, and one of five is deleted. *list* is a page of 100 clients, or as many as there are;
*change permissions* replaces 20 permissions by 20 others. A permission of none is one that all clients of another project have.
Each cell is the median of the measurements of a call.`,
    growthTable(growth),
    "Access tokens, alone and while the slowest of these listings runs over 16 other connections without a pause:",
    besideTable(growth),
    verdicts.length > 0
      ? verdicts.join("\n")
      : "The targets, which are for 100,000 clients and more, were not measured.",
  ];
}

function environmentsParts(environments: EnvironmentsFindings): string[] {
  const verdicts = environmentsVerdicts(environments).map(({ sentence }) => `- ${sentence}`);
  return [
    `A program declares ${environments.size} clients and as many grants of 20 permissions. \`xtremepush-access-env up\` delivers each secret to a dotenv file; a
*new* environment also gets its project, its stack and its configuration. Beside it is \`pulumi up --yes\` of the same program,
whose project and stack are there already, and the same with \`--skip-preview\`: \`xtremepush-access-env up\` makes no preview either, and delivers
besides. *again* is each once more, without a change. The state is a folder. Each time is the median of the rounds
(least-most); a ratio is the median of the ratios of commands that followed each other.`,
    environmentsTable(environments),
    verdicts.length > 0 ? verdicts.join("\n") : "The target, which is for 20 clients, was not measured.",
  ];
}

function gatewayParts(gateway: GatewayFindings): string[] {
  return [
    `Calls of \`hit/event\` over ${gateway.connections} connections from a process on the same machine, to an upstream that answers at once. *bare* is a
proxy of Node.js's own http that checks nothing; *gateway* verifies the token, decides by the live grant of a real backend, puts the app
token into the body, looks for it in the answer, and counts. *nginx with auth_request* is nginx with one worker and \`deploy/gateway/nginx.conf\`,
which asks that gateway about each call and sends it on itself, without a body to look at or a token to put in; its memory does not have
the gateway's. Each round measures all, one after the other; the first is left out.`,
    gatewayTable(gateway),
    "The memory of the gateway while it is called as fast as it answers, after those rounds:",
    gatewayMemoryTable(gateway),
    gatewayVerdicts(gateway)
      .map(({ sentence }) => `- ${sentence}`)
      .join("\n"),
  ];
}

function reviewParts(review: ReviewFindings): string[] {
  const verdicts = reviewVerdicts(review).map(({ sentence }) => `- ${sentence}`);
  return [
    `A program declares ${written(review.size)} clients and as many grants of 20 permissions each; a pull request gives one of them, or all, 20 other
permissions. *lock* runs the program and writes its lock file; *diff* compares two lock files and writes JSON, the median of the
rounds (least-most); both from the start of their process to its end. A comment that would be too long is shortened in steps.`,
    reviewTable(review),
    verdicts.length > 0 ? verdicts.join("\n") : "The targets, which are for 1,000 clients, were not measured.",
  ];
}
