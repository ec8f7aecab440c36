/** Where times come from; tests bring their own. */
export interface Clock {
  /** The time of day, in milliseconds since 1970. */
  now(): number;
  /** A time that no setting of the clock moves, in milliseconds. */
  monotonic(): number;
}

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
