import { PGlite } from "@electric-sql/pglite";

/** An embedded database has ended; only a new process can open it again. */
export class DatabaseEndedError extends Error {
  override readonly name = "DatabaseEndedError";
  /** PostgreSQL's own code: crash_shutdown. */
  readonly code = "57P02";

  constructor(cause: Error) {
    super(`the embedded database has ended (${cause.message})`, { cause });
  }
}

/**
 * PGlite that answers after its PostgreSQL has ended.
 *
 * PostgreSQL ends itself (PANIC) when it cannot write its log. PGlite reports that as an error of the statement, and calls
 * the ended program again for the next one, which then never returns and keeps the event loop from turning.
 */
export class LastingPGlite extends PGlite {
  readonly #ending = Promise.withResolvers<DatabaseEndedError>();
  #end: DatabaseEndedError | null = null;

  /** Resolves when PostgreSQL ends itself, or `end` is called. */
  get ended(): Promise<DatabaseEndedError> {
    return this.#ending.promise;
  }

  /** Everything that PostgreSQL receives passes here, also the messages that begin and end a transaction. */
  override async execProtocolStream(
    ...args: Parameters<PGlite["execProtocolStream"]>
  ): ReturnType<PGlite["execProtocolStream"]> {
    this.assertRunning();
    try {
      return await super.execProtocolStream(...args);
    } catch (error) {
      if (!isEnd(error)) throw error;
      throw this.end(error);
    }
  }

  /** Lets no statement run any more. */
  end(cause: Error): DatabaseEndedError {
    this.#end ??= new DatabaseEndedError(cause);
    this.#ending.resolve(this.#end);
    return this.#end;
  }

  /** @throws DatabaseEndedError when PostgreSQL has ended. */
  assertRunning(): void {
    if (this.#end !== null) throw this.#end;
  }

  /** Leaves a PostgreSQL that has ended as it is: its files close with the process. */
  override async close(): Promise<void> {
    if (this.#end === null) await super.close();
  }
}

function isEnd(error: unknown): error is Error {
  return error instanceof Error && "severity" in error && (error.severity === "PANIC" || error.severity === "FATAL");
}
