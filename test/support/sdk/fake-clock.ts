/** A clock that never waits: sleeping moves its time on and is written down. */
export interface FakeClock {
  now(): number;
  random(): number;
  sleep(ms: number): Promise<void>;
  /** How long each sleep would have been, in milliseconds. */
  readonly slept: readonly number[];
}

/** `random` is what chance answers each time, at least 0 and less than 1. */
export function fakeClock(random = 0.5): FakeClock {
  const slept: number[] = [];
  let time = Date.UTC(2026, 1, 3, 4, 5, 6);
  return {
    slept,
    now: () => time,
    random: () => random,
    sleep: async (ms) => {
      slept.push(ms);
      time += ms;
    },
  };
}
