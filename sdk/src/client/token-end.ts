import { count, visible } from "../text";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** From a week before its end a token is warned of: a working day is in it. */
const WARNED_MS = 7 * DAY_MS;

/** Shows a warning. */
type Show = (warning: string) => void;

/**
 * Makes the `onTokenEnd` of an AccessClient that warns in the last week of its token, at most once a day.
 *
 * @param now - The time in milliseconds. @default Date.now
 * @example
 * ```ts
 * const endpoint = "https://access.example.com";
 * const onTokenEnd = warnBeforeTokenEnd(endpoint, (warning) => console.error(warning));
 * const access = new AccessClient({ endpoint, token: process.env["XTREMEPUSH_TOKEN"], onTokenEnd });
 * ```
 */
export function warnBeforeTokenEnd(endpoint: string, show: Show, now: () => number = Date.now): (end: Date) => void {
  let nextTime = Number.NEGATIVE_INFINITY;
  return (end) => {
    const time = now();
    const left = end.getTime() - time;
    if (left > WARNED_MS || time < nextTime) return;
    nextTime = time + DAY_MS;
    show(
      `the token for ${visible(endpoint)} ends at ${end.toISOString()}, in ${spanOf(left)}; replace it before, with \`xtremepush-access-backend actor rotate\``,
    );
  };
}

function spanOf(ms: number): string {
  const hours = Math.floor(ms / HOUR_MS);
  if (hours < 1) return "less than an hour";
  return hours < 48 ? count(hours, "hour") : count(Math.floor(hours / 24), "day");
}
