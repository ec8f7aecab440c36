/** Releases what a process has taken, the last one first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Releases everything, also when a part fails, and then throws the first failure. A second call does nothing. */
  async close(): Promise<void> {
    const results: PromiseSettledResult<void>[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      results.push(...(await Promise.allSettled([close()])));
    }
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
