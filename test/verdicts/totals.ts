import { FINDINGS } from "./findings";
import { commandOf, type SeedReport, type Verified } from "./run-seed";

const ANSWERS: readonly Verified[] = ["passed", "differs", "unknown", "failed"];

/** Sums up the findings of all seeds, with the commands that reproduce the failures. */
export function totalsOf(reports: readonly SeedReport[], seconds: number): string {
  const findings = reports.flatMap((report) => report.findings);
  const changed = reports.reduce((sum, report) => sum + report.changed, 0);
  const answers = ANSWERS.map((answer) => `${reports.filter(({ verified }) => verified === answer).length} ${answer}`);
  const found = FINDINGS.map((kind) => `${findings.filter((finding) => finding.kind === kind).length} ${kind}`);
  const failed = reports.filter((report) => report.findings.length > 0);
  return [
    `${reports.length} seeds, ${changed} changed clients in ${seconds.toFixed(0)} s; verify: ${answers.join(", ")}`,
    found.join(", "),
    ...failed.map(({ seed }) => `seed ${seed} failed; see it again: ${commandOf(seed)}`),
    "",
  ].join("\n");
}

/** Returns 1 when there is a finding, or when nothing was changed, so that nothing was tested. */
export function exitCodeOf(reports: readonly SeedReport[]): 0 | 1 {
  const isTried = reports.some(({ changed }) => changed > 0);
  return isTried && reports.every(({ findings }) => findings.length === 0) ? 0 : 1;
}
