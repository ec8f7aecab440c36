import { setImmediate as nextTurn } from "node:timers/promises";

/** Most queries of one statement. */
const BATCH = 100;
/** How many statements run at once: what is asked meanwhile shares the next one. */
const RUNNING = 2;
/** A statement that takes longer holds no other one up: it waits for a lock, or for a server that does not answer. */
const SLOW_MS = 20;

interface Waiting<Query, Answer> {
  readonly query: Query;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Reads what requests ask for at the same time with one statement for all of them. Each answer is read after its request
 * asked, so it is as current as a statement of its own, and fails with it.
 */
export class SharedReads<Query, Answer> {
  readonly #read: (queries: readonly Query[]) => Promise<readonly Answer[]>;
  #waiting: Waiting<Query, Answer>[] = [];
  #running = 0;
  #isStarting = false;

  /** `read` answers every query, in their order, by one statement, and no query can make it fail for the others. */
  constructor(read: (queries: readonly Query[]) => Promise<readonly Answer[]>) {
    this.#read = read;
  }

  find(query: Query): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ query, resolve, reject });
      void this.#start();
    });
  }

  async #start(): Promise<void> {
    if (this.#isStarting || this.#running >= RUNNING) return;
    this.#isStarting = true;
    // Requests that arrived together are read from their sockets one after the other.
    await nextTurn();
    this.#isStarting = false;
    const batch = this.#waiting.splice(0, BATCH);
    if (batch.length > 0) await this.#run(batch);
  }

  async #run(batch: readonly Waiting<Query, Answer>[]): Promise<void> {
    const end = this.#begin();
    try {
      const answers = await this.#read(batch.map(({ query }) => query));
      if (answers.length !== batch.length) throw new Error(`${batch.length} queries have ${answers.length} answers`);
      answers.forEach((answer, index) => {
        batch[index]?.resolve(answer);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    } finally {
      end();
    }
  }

  /** Counts a statement as running until it has ended or is slow. */
  #begin(): () => void {
    let isCounted = true;
    this.#running += 1;
    const end = () => {
      clearTimeout(timer);
      if (!isCounted) return;
      isCounted = false;
      this.#running -= 1;
      if (this.#waiting.length > 0) void this.#start();
    };
    const timer = setTimeout(end, SLOW_MS);
    return end;
  }
}
