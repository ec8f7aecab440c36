import { InvalidArgumentError } from "commander";
import { durationMs } from "xtremepush-access/schemas";

/** The instant that `90d`, `12h`, `30m` or a date like 2027-01-31 names, for the `--expires` of a command. */
export function endTime(text: string, now: Date = new Date()): string {
  const isDuration = /^\d{1,5}[mhd]$/.test(text);
  const end = isDuration ? new Date(now.getTime() + durationMs(text)) : dateOf(text);
  if (end === null) throw new InvalidArgumentError("Give a time like 90d, 12h or 30m, or a date like 2027-01-31.");
  if (end <= now) throw new InvalidArgumentError("The end is in the past.");
  return end.toISOString();
}

function dateOf(text: string): Date | null {
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) ? new Date(text) : null;
  if (date === null || Number.isNaN(date.getTime())) return null;
  // JavaScript reads 31 February as a day of March.
  return date.toISOString().slice(0, 10) === text.slice(0, 10) ? date : null;
}
