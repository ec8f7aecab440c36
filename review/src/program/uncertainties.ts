import type { Report } from "./child/report";
import type { Monitor } from "./monitor/monitor";
import { relativePath } from "./monitor/source-finder";
import type { StackConfiguration } from "./project/stack-configuration";
import type { Reports } from "./report-reader";

export interface Evidence extends Reports {
  readonly monitor: Monitor;
  readonly configuration: StackConfiguration;
  readonly folder: string;
}

/** Describes why a manifest is uncertain as a whole, one sentence each, sorted. */
export function describeUncertainties(evidence: Evidence): string[] {
  const { monitor, reports, configuration, folder } = evidence;
  const imported = configuration.environments.map((name) => {
    return `the stack imports the environment ${name}, whose values are not known without Pulumi Cloud`;
  });
  const seen = reports.flatMap((report) => sentenceOf(report, folder) ?? []);
  const lost = evidence.incomplete ? [INCOMPLETE] : [];
  return [...new Set([...imported, ...monitor.uncertain, ...seen, ...lost])].toSorted();
}

const INCOMPLETE = "the program writes to the channel of the review, or does more than the review can report";

function sentenceOf(report: Report, folder: string): string | undefined {
  // Without the line, which moves with unrelated edits.
  const file = report.at?.replace(/:\d+$/, "");
  const at = file === undefined ? "" : ` in ${relativePath(folder, file)}`;
  switch (report.kind) {
    case "secret":
      return `the program reads ${report.key}, which is encrypted, as a plain value${at}`;
    case "awaited":
      return `the program awaits a value that is not known before it is deployed${at}`;
    case "skipped":
      return `the program may declare something with a value that is not known before it is deployed${at}`;
    case "dry-run":
      return `the program asks whether it is previewed (isDryRun)${at}, and may declare something else when it is deployed`;
    case "unwatched":
      return `the program contains a copy of @pulumi/pulumi that a review cannot watch${at}; leave the package out of the bundle`;
    case "invoke":
      return `the program invokes ${report.token}${at}, and the result is not known without the cloud`;
    case "connection":
      return `the program tried to connect to ${report.to}${at}, and a review has no network`;
    case "exit":
    case "failure":
      return undefined;
  }
}
