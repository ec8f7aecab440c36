import type { Report } from "./child/report";
import type { Monitor } from "./monitor/monitor";
import { relativePath } from "./monitor/source-finder";
import type { StackConfiguration } from "./project/stack-configuration";

export interface Evidence {
  readonly monitor: Monitor;
  readonly reports: readonly Report[];
  readonly configuration: StackConfiguration;
  readonly folder: string;
}

/** Describes why a manifest is uncertain as a whole, one sentence each, sorted. */
export function describeUncertainties({ monitor, reports, configuration, folder }: Evidence): string[] {
  const imported = configuration.environments.map((name) => {
    return `the stack imports the environment ${name}, whose values are not known without Pulumi Cloud`;
  });
  const seen = reports.flatMap((report) => sentenceOf(report, folder) ?? []);
  return [...new Set([...imported, ...monitor.uncertain, ...seen])].toSorted();
}

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
    case "invoke":
      return `the program invokes ${report.token}${at}, and the result is not known without the cloud`;
    case "connection":
      return `the program tried to connect to ${report.to}${at}, and a review has no network`;
    case "exit":
    case "failure":
      return undefined;
  }
}
