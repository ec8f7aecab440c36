import type { Clock } from "./clock";

// Spreads the waiting calls, so that they do not all start at the same moment.
const SPREAD_MS = 250;

/** Holds back all calls of one client while the backend's rate limit asks them to wait. */
export class Gate {
  readonly #clock: Clock;
  #opensAt = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  close(ms: number): void {
    this.#opensAt = Math.max(this.#opensAt, this.#clock.now() + ms);
  }

  /** Resolves when the gate is open; it may close again while a call waits. */
  async pass(signal: AbortSignal | undefined): Promise<void> {
    for (let ms = this.#opensAt - this.#clock.now(); ms > 0; ms = this.#opensAt - this.#clock.now()) {
      await this.#clock.sleep(ms + this.#clock.random() * SPREAD_MS, signal);
    }
  }
}
