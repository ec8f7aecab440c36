import { z } from "zod";

// A review may come from strangers, and reports print these in sentences.
const Day = z.string().regex(/^\d{4}-\d{2}-\d{2}$/);
const Time = z.string().regex(/^\d{4}-\d{2}-\d{2}T[\d:.]{8,16}Z$/);

/** When a client last used a permission that it loses, as the gateways count it. */
export const Use = z.strictObject({
  /** Null when no gateway has counted a call that it allowed; `daysAgo` is then null, too. */
  lastUsedTime: Time.nullable(),
  /** The calendar days (UTC) from then to the review: 0 is the same day. */
  daysAgo: z.number().int().min(0).nullable(),
  /** The first and the last day (UTC) that gateways have counted. */
  countedSince: Day,
  countedUntil: Day,
  /** Whether gateways still counted on the day of the review or the day before. */
  isCounted: z.boolean(),
});
export type Use = z.output<typeof Use>;

/** A permission that was used in so many days is in use. */
const IN_USE_DAYS = 30;

/** Whether a permission was used lately. */
export function isInUse(use: Use | undefined): use is Use & { daysAgo: number } {
  return typeof use?.daysAgo === "number" && use.daysAgo <= IN_USE_DAYS;
}

/** When a permission was last used, in plain words: `used yesterday`. */
export function describeUse({ daysAgo, countedSince, countedUntil, isCounted }: Use): string {
  if (daysAgo === null) {
    return `never used (counted ${isCounted ? `since ${countedSince}` : `from ${countedSince} to ${countedUntil}`})`;
  }
  const day = daysAgo === 0 ? "today" : daysAgo === 1 ? "yesterday" : `${daysAgo.toLocaleString("en-US")} days ago`;
  return `used ${day}${isCounted ? "" : ` (counted until ${countedUntil})`}`;
}

/**
 * Several uses as one: the latest. Undefined when none was used and one is not known, because then it is not known that none
 * was.
 */
export function latestUse(uses: readonly (Use | undefined)[]): Use | undefined {
  const used = uses.filter((use) => use?.lastUsedTime != null);
  if (used.length === 0) return uses.includes(undefined) ? undefined : uses[0];
  return used.reduce((latest, use) => ((use?.lastUsedTime ?? "") > (latest?.lastUsedTime ?? "") ? use : latest));
}
