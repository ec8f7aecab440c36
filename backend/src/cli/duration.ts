import { InvalidArgumentError } from "commander";

const UNITS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** The instant that `90d`, `12h`, `30m` or a date like 2027-01-31 names, for the `--expires` of a command. */
export function endTime(text: string, now: Date = new Date()): string {
  const [, amount, unit] = /^(\d{1,5})([mhd])$/.exec(text) ?? [];
  // The expression accepts no other letter.
  const end =
    unit === undefined ? dateOf(text) : new Date(now.getTime() + Number(amount) * UNITS[unit as keyof typeof UNITS]);
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
