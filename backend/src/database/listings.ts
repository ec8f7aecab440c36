import type { Kysely } from "kysely";
import { isFailure, sqlStateOf } from "./failures";
import type { Schema } from "./schema";

/** How long a listing waits for its turn. */
const WAIT_MS = 5_000;
/** After this time a listing waits for the database and burdens the process no more, so the next one starts beside it. */
const SLOW_MS = 250;
/**
 * How long the next listing rests, as a multiple of the time of the one before. Without it, 16 readers of full pages take
 * most of the process: the 99th percentile of a token's time was 8 times as long, and with it 1.5 times
 * (`npm run bench -- --only growth`).
 */
const REST = 2;
const REST_MAX_MS = 100;

/** Where listings are read. */
export interface ListingsConfig {
  readonly db: Kysely<Schema>;
  /** How many statements of listings run at once, when they are slow. Quick ones run one after the other. */
  readonly atOnce: number;
  /** Used when the server has no connection left for listings. @default none */
  readonly spare?: Kysely<Schema>;
  /** @default five seconds */
  readonly waitMs?: number;
  /** @default a quarter of a second */
  readonly slowMs?: number;
}

/** The one turn: who has it reads, until it ends or is slow. */
interface Turn {
  readonly start: number;
  readonly slow: NodeJS.Timeout;
  isOver: boolean;
}

/**
 * Reads parts of listings one after the other, and slow ones a few at a time, so that they never hold up what has to be
 * quick: on a server they have connections of their own, in front of an embedded database, which has one, no more than
 * one of them waits, and between two of them the process has time for other requests.
 */
export class Listings {
  readonly #db: Kysely<Schema>;
  readonly #spare: Kysely<Schema> | null;
  readonly #atOnce: number;
  readonly #waitMs: number;
  readonly #slowMs: number;
  readonly #waiting = new Set<() => void>();
  #running = 0;
  #isTaken = false;

  constructor({ db, atOnce, spare, waitMs = WAIT_MS, slowMs = SLOW_MS }: ListingsConfig) {
    this.#db = db;
    this.#spare = spare ?? null;
    this.#atOnce = atOnce;
    this.#waitMs = waitMs;
    this.#slowMs = slowMs;
  }

  /** @throws Error `listings-busy` after a long wait for a turn, `listing-too-long` at the time limit of a statement. */
  async read<Result>(work: (db: Kysely<Schema>) => Promise<Result>): Promise<Result> {
    const turn = await this.#takeTurn();
    try {
      return await this.#run(work);
    } catch (error) {
      // query_canceled
      if (sqlStateOf(error) === "57014") throw new Error("the listing took too long", { cause: error });
      throw error;
    } finally {
      this.#end(turn);
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

  async #takeTurn(): Promise<Turn> {
    if (!this.#isFree()) await this.#wait();
    this.#isTaken = true;
    this.#running += 1;
    const turn = { start: performance.now(), slow: setTimeout(() => this.#pass(turn), this.#slowMs), isOver: false };
    return turn;
  }

  #isFree(): boolean {
    return !this.#isTaken && this.#running < this.#atOnce;
  }

  #wait(): Promise<void> {
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

  #end(turn: Turn): void {
    clearTimeout(turn.slow);
    this.#running -= 1;
    if (turn.isOver) this.#startNext();
    else if (this.#waiting.size === 0) this.#pass(turn);
    else {
      const rest = REST * (performance.now() - turn.start);
      setTimeout(() => this.#pass(turn), Math.min(rest, REST_MAX_MS));
    }
  }

  #pass(turn: Turn): void {
    turn.isOver = true;
    this.#isTaken = false;
    this.#startNext();
  }

  #startNext(): void {
    const [next] = this.#waiting;
    if (next === undefined || !this.#isFree()) return;
    this.#waiting.delete(next);
    // It starts in a moment, and nobody else may start before it.
    this.#isTaken = true;
    next();
  }
}
