/** What has to be given back, the last taken first. */
export class Closers {
  readonly #closers: (() => Promise<void>)[] = [];

  add(close: () => Promise<void>): void {
    this.#closers.push(close);
  }

  /** Gives everything back, also when a part of it fails; the first failure is thrown at the end. Again does nothing. */
  async close(): Promise<void> {
    const results: PromiseSettledResult<void>[] = [];
    for (const close of this.#closers.splice(0).reverse()) {
      results.push(...(await Promise.allSettled([close()])));
    }
    const failed = results.find((result) => result.status === "rejected");
    if (failed !== undefined) throw failed.reason;
  }
}
