import { z } from "zod";

const UNITS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
/** A day in milliseconds. */
export const DAY_MS = UNITS.d;

/** How long an earlier secret stays valid beside the new one by default. */
export const SECRET_OVERLAP_DEFAULT = "24h";
/** The maximum overlap of two secrets, in days. */
const SECRET_OVERLAP_MAX_DAYS = 90;
/** The longest overlap of two secrets. */
export const SECRET_OVERLAP_MAX = `${SECRET_OVERLAP_MAX_DAYS}d`;

/** A whole number and its unit, seconds to days: `"0s"`, `"90m"`, `"24h"`, `"7d"`. */
export const Duration = z.string().regex(/^\d{1,9}[smhd]$/, {
  error: 'a duration is a whole number and its unit, s, m, h or d, for example "24h"',
  abort: true,
});

/** How long an earlier secret stays valid beside the new one: `"0s"` to `"90d"`. */
export const SecretOverlap = Duration.refine((text) => durationMs(text) <= SECRET_OVERLAP_MAX_DAYS * DAY_MS, {
  message: `an overlap is at most ${SECRET_OVERLAP_MAX_DAYS}d`,
});

/** The length of a `Duration` in milliseconds. */
export function durationMs(duration: string): number {
  // The schema guarantees that a duration ends with one of the units.
  const unit = duration.slice(-1) as keyof typeof UNITS;
  return Number(duration.slice(0, -1)) * UNITS[unit];
}
