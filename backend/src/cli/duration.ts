import { InvalidArgumentError } from "commander";
import { durationMs } from "xtremepush-access/schemas";

/** The instant that `90d`, `12h`, `30m` or a date like 2027-01-31 names, for the `--expires` of a command. */
export function endTime(text: string, now: Date = new Date()): string {
  const end = readTime(text, now, 1);
  if (end <= now) throw new InvalidArgumentError("The end is in the past.");
  return end.toISOString();
}

/** The instant that was `7d`, `12h`, `30m` ago, or a date like 2027-01-31, for the `--since` of a command. */
export function pastTime(text: string, now: Date = new Date()): string {
  return readTime(text, now, -1).toISOString();
}

function readTime(text: string, now: Date, direction: 1 | -1): Date {
  const isDuration = /^\d{1,5}[mhd]$/.test(text);
  const time = isDuration ? new Date(now.getTime() + direction * durationMs(text)) : dateOf(text);
  if (time === null) throw new InvalidArgumentError("Give a time like 90d, 12h or 30m, or a date like 2027-01-31.");
  return time;
}

function dateOf(text: string): Date | null {
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+Z)?$/.test(text) ? new Date(text) : null;
  if (date === null || Number.isNaN(date.getTime())) return null;
  // JavaScript reads 31 February as a day of March.
  return date.toISOString().slice(0, 10) === text.slice(0, 10) ? date : null;
}
