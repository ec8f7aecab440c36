/** Where times come from; tests bring their own. */
export interface Clock {
  /** The time of day, in milliseconds since 1970. */
  now(): number;
  /** A time that no setting of the clock moves, in milliseconds. */
  monotonic(): number;
}

/** A moment by both clocks: one can be set, and the other stands still while a machine sleeps. */
export interface Moment {
  readonly time: number;
  readonly monotonic: number;
}

export function momentOf(clock: Clock): Moment {
  return { time: clock.now(), monotonic: clock.monotonic() };
}

export const SYSTEM_CLOCK: Clock = { now: () => Date.now(), monotonic: () => performance.now() };
