import { DAY_MS } from "../schemas";

/** The time that the reports of gateways are about, without a gap of more than a day. */
export interface CountedTime {
  readonly since: string | Date;
  readonly until: string | Date;
}

/** So many days before a time. */
export interface UnusedDays {
  readonly days: number;
  readonly now: Date;
}

/** Why it is not known what was not used for some days. */
export interface NotKnown {
  /** `unreported`: no gateway has ever reported; `ended`: none has for more than a day; `young`: they count for less than these days. */
  readonly why: "unreported" | "ended" | "young";
  /** From when on it is known, if they go on; null when none counts. */
  readonly knownFrom: Date | null;
}

/**
 * Says why it is not known what was not used for some days: gateways must have counted for all of them, and still do. Null when it
 * is known.
 *
 * @param reported Null when no gateway has reported.
 */
export function unusedNotKnown(reported: CountedTime | null, { days, now }: UnusedDays): NotKnown | null {
  if (reported === null) return { why: "unreported", knownFrom: null };
  const [since, until] = [new Date(reported.since).getTime(), new Date(reported.until).getTime()];
  if (now.getTime() - until > DAY_MS) return { why: "ended", knownFrom: null };
  const from = since + days * DAY_MS;
  return from <= now.getTime() ? null : { why: "young", knownFrom: new Date(from) };
}
