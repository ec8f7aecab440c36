import type { Measurement } from "./engine";
import type { LoadResult } from "./load";
import type { Plan } from "./plan";
import type { CallName } from "./requests";
import { engineTable, memoryTable, requestsTable, verdict } from "./tables";

export interface Findings {
  readonly plan: Plan;
  readonly measurements: readonly Measurement[];
  readonly requests: ReadonlyMap<string, ReadonlyMap<CallName, LoadResult>>;
  readonly machine: string;
}

/** The findings as Markdown, with all that one needs to judge and to repeat them. */
export function report({ plan, measurements, requests, machine }: Findings): string {
  const sections = [
    "# Benchmarks",
    `Measured by \`npm run bench -- --write\` on ${machine}. Numbers of another machine differ; the ratios should not.`,
    ...(measurements.length > 0 ? engineSections(measurements) : []),
    ...(requests.size > 0 ? requestSections(plan, requests) : []),
  ];
  return `${sections.join("\n\n")}\n`;
}

function engineSections(measurements: readonly Measurement[]): string[] {
  return [
    "## The provider on the Pulumi engine",
    `A program declares N clients and N grants of 20 permissions each. *ours* is this provider against a backend on the same machine;
*floor* has the same classes and inputs over handlers that do nothing, so it is what the engine and Pulumi's SDK take;
*plain* are \`dynamic.Resource\` classes as Pulumi's documentation shows them, with the same outputs, which call the same backend
with \`fetch\` and do without owner, checks, retries and protection of others' changes.
The state is a folder, with \`PULUMI_EXPERIMENTAL=true PULUMI_SKIP_CHECKPOINTS=true\`. Each cell is the median of the rounds
(least-most); a ratio is the median of the ratios of runs that followed each other. Previews and refreshes find no change.`,
    engineTable(measurements),
    verdict(measurements)?.sentence ??
      "The target, a ratio of at most 1.15 for a preview at N = 250, was not measured.",
    "The most memory that the process of the handlers has held:",
    memoryTable(measurements),
  ];
}

function requestSections({ clients, seconds }: Plan, requests: Findings["requests"]): string[] {
  return [
    "## The backend under load",
    `One backend process, called over 16 connections for ${seconds} s a call by a process on the same machine, which takes its share of the
cores; ${clients.toLocaleString("en")} clients with 20 permissions each are there before. *read* is one client, *list* a page of 100 clients with their
grants, *create* a client with its secret, *token* an access token by client_credentials. PostgreSQL runs with the settings
that it comes with, so it waits for the disk at each change; the rate limits are raised, the log is on.`,
    requestsTable(requests),
  ];
}
