import { writeSync } from "node:fs";
import { isRehearsing } from "./rehearsal";
// The schema is the parent's: loading it would delay each program.
import type { Report } from "./report";

/** The file descriptor to which the preloaded code reports, one JSON value per line. */
const REPORT_DESCRIPTOR = 3;

const sent = new Set<string>();

/** Sends a report to the review, each distinct one once. Nothing in a rehearsal happens. */
export function sendReport(report: Report): void {
  if (isRehearsing()) return;
  const line = JSON.stringify(report);
  if (sent.has(line)) return;
  sent.add(line);
  writeSync(REPORT_DESCRIPTOR, `${line}\n`);
}
