import { FAULTS } from "../support/backend/fault-proxy";
import { FINDINGS } from "./findings";
import { commandOf, type SeedReport } from "./run-seed";

/** Sums up the faults and findings of all seeds, with the commands that reproduce the failures. */
export function totalsOf(reports: readonly SeedReport[], seconds: number): string {
  const faults = reports.flatMap((report) => report.faults);
  const findings = reports.flatMap((report) => report.findings);
  const runs = reports.reduce((sum, report) => sum + report.runs, 0);
  const met = FAULTS.flatMap((fault) => {
    const count = faults.filter((one) => one === fault).length;
    return count === 0 ? [] : [`${count} ${fault}`];
  });
  const found = FINDINGS.map((kind) => `${findings.filter((finding) => finding.kind === kind).length} ${kind}`);
  const failed = reports.filter((report) => report.findings.length > 0);
  return [
    `${reports.length} seeds, ${runs} runs, ${faults.length} faults in ${seconds.toFixed(0)} s: ${met.join(", ")}`,
    found.join(", "),
    ...failed.map(({ seed }) => `seed ${seed} failed; see it again: ${commandOf(seed)}`),
    "",
  ].join("\n");
}

/** Returns 1 when there is a finding, or no fault at all, so that nothing was tested. */
export function exitCodeOf(reports: readonly SeedReport[]): 0 | 1 {
  const isTried = reports.some(({ faults }) => faults.length > 0);
  return isTried && reports.every(({ findings }) => findings.length === 0) ? 0 : 1;
}
