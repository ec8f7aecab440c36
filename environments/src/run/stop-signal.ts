import { setTimeout as wait } from "node:timers/promises";
import { EnvironmentFailure } from "../environment-failure";

/** Notices SIGINT and SIGTERM, so that a run gives its lock back. A second signal ends the process at once. */
export class StopSignal {
  readonly #stopped = new AbortController();
  readonly #listener = (signal: string) => this.#stopped.abort(signal);

  constructor() {
    for (const signal of SIGNALS) process.once(signal, this.#listener);
  }

  /** `stopped by SIGTERM`, and what to do; null before a signal. */
  get reason(): string | null {
    return this.#stopped.signal.aborted
      ? `stopped by ${this.#stopped.signal.reason}; the same command goes on from here`
      : null;
  }

  /** @throws EnvironmentFailure after a signal. */
  assertRunning(): void {
    if (this.reason !== null) throw new EnvironmentFailure(this.reason);
  }

  /** Waits, but no longer than until a signal. @throws EnvironmentFailure after a signal. */
  async during(ms: number): Promise<void> {
    await wait(ms, undefined, { signal: this.#stopped.signal }).catch(() => undefined);
    this.assertRunning();
  }

  /** Lets signals end the process again. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.#listener);
  }
}

const SIGNALS = ["SIGINT", "SIGTERM"] as const;
