import { setTimeout as wait } from "node:timers/promises";
import type { Addition, Journal } from "./journal";
import type { LiveAccess } from "./live-access";
import type { SigningKeys } from "./signing-keys";

/** More answers than this do not wait for the disk: all of it is written again instead. */
const WAITING_MAX = 1_000;
/** How long a stop waits for the disk. */
const SETTLED_MS = 5_000;

/** What is reported of work that is tried again. */
export interface WorkLog {
  /** Called at the first failure of a row. */
  failed(error: unknown): void;
  /** Called at the first success after failures. */
  recovered(): void;
}

export interface KeeperOptions extends WorkLog {
  readonly journal: Pick<Journal, "add" | "rewrite" | "isLong">;
  readonly live: LiveAccess;
  readonly keys: SigningKeys;
}

/**
 * Keeps on disk what is known, beside everything else: a disk that is slow, or takes nothing, must not hold back a change. What is
 * on it only becomes older.
 */
export class Keeper {
  readonly #options: KeeperOptions;
  #waiting: Addition[] = [];
  #isWholeDue = false;
  #isFailing = false;
  #writing: Promise<void> | null = null;

  constructor(options: KeeperOptions) {
    this.#options = options;
  }

  /** Adds what an answer of the backend has changed; the live access has it already. */
  add(addition: Addition): void {
    if (this.#waiting.length < WAITING_MAX) this.#waiting.push(addition);
    else this.#isWholeDue = true;
    this.#start();
  }

  /** Writes all that is known in place of what is there. */
  replace(): void {
    this.#isWholeDue = true;
    this.#start();
  }

  /** Resolves when everything is written, could not be, or takes too long. */
  async settled(): Promise<void> {
    if (this.#writing !== null) await Promise.race([this.#writing, wait(SETTLED_MS, undefined, { ref: false })]);
  }

  #start(): void {
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  async #write(): Promise<void> {
    const log = this.#options;
    while (this.#isWholeDue || this.#waiting.length > 0) {
      try {
        await this.#writeNext();
        if (this.#isFailing) log.recovered();
        this.#isFailing = false;
      } catch (error) {
        // Lines may be missing, or cut: nothing can follow them. The next answer tries again.
        this.#isWholeDue = true;
        if (!this.#isFailing) log.failed(error);
        this.#isFailing = true;
        return;
      }
    }
  }

  #writeNext(): Promise<void> {
    const { journal, live, keys } = this.#options;
    const additions = this.#waiting;
    this.#waiting = [];
    if (!this.#isWholeDue && !journal.isLong) return journal.add(additions);
    this.#isWholeDue = false;
    // It has all that waited, too.
    return live.snapshot === null ? Promise.resolve() : journal.rewrite(live.snapshot, live.confirmedTime, keys.set);
  }
}
