/** A clock that stands still until it is told to go on. */
export interface PausedClock {
  now(): number;
  random(): number;
  sleep(ms: number): Promise<void>;
  /** How many sleep. */
  sleepers(): number;
  /** Moves the time on and wakes those whose time has come. */
  advance(ms: number): void;
}

export function pausedClock(): PausedClock {
  let time = Date.UTC(2026, 1, 3, 4, 5, 6);
  let asleep: { until: number; wake: () => void }[] = [];
  return {
    now: () => time,
    random: () => 0,
    sleep: (ms) => new Promise((wake) => asleep.push({ until: time + ms, wake })),
    sleepers: () => asleep.length,
    advance: (ms) => {
      time += ms;
      const awake = asleep.filter(({ until }) => until <= time);
      asleep = asleep.filter(({ until }) => until > time);
      for (const { wake } of awake) wake();
    },
  };
}
