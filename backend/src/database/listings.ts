import type { Kysely } from "kysely";
import { isFailure, sqlStateOf } from "./failures";
import type { Schema } from "./schema";

/** How long a listing waits for its turn. */
const WAIT_MS = 5_000;

/** Where listings are read. */
export interface ListingsConfig {
  readonly db: Kysely<Schema>;
  /** How many statements of listings run at once. */
  readonly atOnce: number;
  /** Used when the server has no connection left for listings. @default none */
  readonly spare?: Kysely<Schema>;
  /** @default five seconds */
  readonly waitMs?: number;
}

/**
 * Reads parts of listings, a few at a time, so that they never hold up what has to be quick: on a server they have
 * connections of their own, and in front of an embedded database, which has one, no more than one of them waits.
 */
export class Listings {
  readonly #db: Kysely<Schema>;
  readonly #spare: Kysely<Schema> | null;
  readonly #waitMs: number;
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor({ db, atOnce, spare, waitMs = WAIT_MS }: ListingsConfig) {
    this.#db = db;
    this.#spare = spare ?? null;
    this.#waitMs = waitMs;
    this.#free = atOnce;
  }

  /** @throws Error `listings-busy` after a long wait for a turn, `listing-too-long` at the time limit of a statement. */
  async read<Result>(work: (db: Kysely<Schema>) => Promise<Result>): Promise<Result> {
    await this.#takeTurn();
    try {
      return await this.#run(work);
    } catch (error) {
      // query_canceled
      if (sqlStateOf(error) === "57014") throw new Error("the listing took too long", { cause: error });
      throw error;
    } finally {
      this.#passTurn();
    }
  }

  async #run<Result>(work: (db: Kysely<Schema>) => Promise<Result>): Promise<Result> {
    try {
      return await work(this.#db);
    } catch (error) {
      if (this.#spare === null || !isFailure(error, "full")) throw error;
      return work(this.#spare);
    }
  }

  #takeTurn(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(start);
        reject(new Error("too many listings run at the moment"));
      }, this.#waitMs);
      this.#waiting.add(start);
    });
  }

  #passTurn(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}
