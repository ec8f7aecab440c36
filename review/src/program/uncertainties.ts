import type { Report } from "./child/report";
import type { Monitor } from "./monitor/monitor";
import { relativePath } from "./monitor/source-finder";
import type { StackConfiguration } from "./project/stack-configuration";

/** What a run reports about how sure its manifest is. */
export interface Evidence {
  readonly monitor: Monitor;
  readonly reports: readonly Report[];
  readonly configuration: StackConfiguration;
  readonly folder: string;
}

/** What makes a manifest uncertain as a whole, one sentence each, sorted. */
export function uncertainties({ monitor, reports, configuration, folder }: Evidence): string[] {
  const imported = configuration.environments.map((name) => {
    return `the stack imports the environment ${name}, whose values are not known without Pulumi Cloud`;
  });
  const seen = reports.flatMap((report) => sentenceOf(report, folder) ?? []);
  return [...new Set([...imported, ...monitor.uncertain, ...seen])].toSorted();
}

function sentenceOf(report: Report, folder: string): string | undefined {
  // Without the line, which moves when nothing else does.
  const file = report.at?.replace(/:\d+$/, "");
  const at = file === undefined ? "" : ` in ${relativePath(folder, file)}`;
  switch (report.kind) {
    case "secret":
      return `the program reads ${report.key}, which is encrypted, as a plain value${at}`;
    case "awaited":
      return `the program awaits a value that is not known before it is deployed${at}`;
    case "skipped":
      return `the program may make something out of a value that is not known before it is deployed${at}`;
    case "invoke":
      return `the program asks ${report.token}${at}, and the answer is not known without the cloud`;
    case "connection":
      return `the program wanted to reach ${report.to}${at}, and there is no network under review`;
    case "exit":
    case "failure":
      return undefined;
  }
}
