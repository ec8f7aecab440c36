import { setTimeout as wait } from "node:timers/promises";
import fc from "fast-check";

const LONGEST_MS = 100;

/** Short waits before the faults, whose lengths a seed determines. */
export class Pauses {
  readonly #lengths: readonly number[];
  #count = 0;

  constructor(seed: number) {
    this.#lengths = fc.sample(fc.nat(LONGEST_MS), { seed, numRuns: 200 });
  }

  next(): Promise<void> {
    const length = this.#lengths[this.#count++ % this.#lengths.length];
    return wait(length ?? 0);
  }
}
