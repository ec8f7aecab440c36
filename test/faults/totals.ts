import { FAULTS } from "../support/backend/fault-proxy";
import { FINDINGS } from "./findings";
import { commandOf, type SeedReport } from "./run-seed";

/** What all seeds together met and found, and the commands that show the failures again. */
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

/** 1 when something was found, or when no fault fell anywhere, so that nothing was tried. */
export function exitCodeOf(reports: readonly SeedReport[]): 0 | 1 {
  const isTried = reports.some(({ faults }) => faults.length > 0);
  return isTried && reports.every(({ findings }) => findings.length === 0) ? 0 : 1;
}
