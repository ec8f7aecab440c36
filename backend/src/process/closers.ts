/** Releases what a process has taken, the last one first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];
  #closing: Promise<void> | null = null;

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Releases everything, also when a part fails, and then throws the first failure. A second call waits for the first. */
  close(): Promise<void> {
    this.#closing ??= this.#closeAll();
    return this.#closing;
  }

  async #closeAll(): Promise<void> {
    const results: PromiseSettledResult<void>[] = [];
    for (const close of [...this.#closers].reverse()) {
      results.push(...(await Promise.allSettled([close()])));
    }
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
