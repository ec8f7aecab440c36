import { setTimeout as wait } from "node:timers/promises";

/** How long a scrape waits for a new sample. */
const WAIT_MS = 500;
/** After how many missed samples the last one is too old to show. */
const MISSED_MAX = 5;

interface Sample<Value> {
  readonly value: Value;
  readonly time: Date;
}

export interface SamplesOptions<Value> {
  readonly read: () => Promise<Value>;
  /** The least time between two reads. */
  readonly everyMs: number;
  readonly now: () => Date;
  readonly onFailure: (error: unknown) => void;
}

/**
 * Reads a value when it is asked for, but not often, and never makes who asks wait for long: without an answer in time it is the
 * last value, until that is too old.
 */
export class Samples<Value> {
  readonly #options: SamplesOptions<Value>;
  #last: Sample<Value> | null = null;
  #running: Promise<void> | null = null;
  #startTime = Number.NEGATIVE_INFINITY;
  #succeeded: boolean | null = null;

  constructor(options: SamplesOptions<Value>) {
    this.#options = options;
  }

  /** Whether the last read succeeded; null before the first has ended. */
  get succeeded(): boolean | null {
    return this.#succeeded;
  }

  /** The last value; null when there is none, or it is too old. */
  async latest(): Promise<Sample<Value> | null> {
    const { everyMs, now } = this.#options;
    // The absolute difference: a clock that was set back must not stop the reads.
    if (this.#running === null && Math.abs(now().getTime() - this.#startTime) >= everyMs) {
      this.#startTime = now().getTime();
      this.#running = this.#read().finally(() => {
        this.#running = null;
      });
    }
    if (this.#running !== null) await Promise.race([this.#running, wait(WAIT_MS, undefined, { ref: false })]);
    const isOld = this.#last !== null && now().getTime() - this.#last.time.getTime() > MISSED_MAX * everyMs;
    return isOld ? null : this.#last;
  }

  async #read(): Promise<void> {
    const { read, now, onFailure } = this.#options;
    try {
      this.#last = { value: await read(), time: now() };
      this.#succeeded = true;
    } catch (error) {
      this.#succeeded = false;
      onFailure(error);
    }
  }
}
