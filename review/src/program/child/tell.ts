import { writeSync } from "node:fs";
import { REPORT_DESCRIPTOR, type Report } from "../report";

const told = new Set<string>();

/** Tells the review what the program did, each thing once. */
export function tell(report: Report): void {
  const line = JSON.stringify(report);
  if (told.has(line)) return;
  told.add(line);
  writeSync(REPORT_DESCRIPTOR, `${line}\n`);
}
