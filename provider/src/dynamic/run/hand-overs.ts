/** How a wait for a name ended. */
export type WaitEnd =
  /** The name was given up: try again. */
  | "free"
  /** The wait would close a circle, in which each client waits for the next one. */
  | "circle"
  /** The resource that has the name did not declare another one. */
  | "absent"
  /** The change that gives the name up has failed. */
  | "failed"
  /** The engine did not start the change that gives the name up. */
  | "stuck";

/** A wait of a client for the name of another one. */
export interface Wait {
  /** The waiting client; null for a new one, which has no name to give up. */
  readonly taker: string | null;
  readonly holder: string;
  readonly name: string;
  /** The {@link HandOvers.turn} before the attempt that found the name taken. */
  readonly since: number;
  /** Whether the client has given up its own name already, so that it closes no circle. */
  readonly isAside: boolean;
}

/** How long a wait lasts while nothing happens in the run, in milliseconds. */
export interface Patience {
  /** For a resource that has not declared another name so far: it may be declared later. */
  readonly absent: number;
  /** For a resource that has, and whose change the engine has not started. */
  readonly stuck: number;
  /** In all. */
  readonly total: number;
}

const PATIENCE: Patience = { absent: 10_000, stuck: 30_000, total: 600_000 };

/**
 * Hands names over between the clients of one run. The engine changes resources in parallel, and in any order, so a client
 * that takes the name of another one waits until that one has its new name.
 */
export class HandOvers {
  readonly #patience: Patience;
  readonly #plans = new Map<string, string>();
  readonly #ends = new Map<string, { readonly turn: number; readonly isOk: boolean }>();
  readonly #waits = new Map<string, string>();
  readonly #sleepers = new Set<() => void>();
  #turn = 0;
  #stirred = Date.now();

  constructor(patience: Patience = PATIENCE) {
    this.#patience = patience;
  }

  /** Counts the changes of this run that have ended. */
  get turn(): number {
    return this.#turn;
  }

  /** Remembers the name that the program declares for a client. */
  plan(client: string, name: string): void {
    this.#plans.set(client, name);
    this.stir();
  }

  /** Whether the program declares another name for a client, so that it gives this one up. */
  isLeaving(client: string, name: string): boolean {
    const planned = this.#plans.get(client);
    return planned !== undefined && planned !== name;
  }

  /** Reports that the run makes progress. */
  stir(): void {
    this.#stirred = Date.now();
    for (const wake of [...this.#sleepers]) wake();
  }

  /** Runs a change of a client, after which those that wait for its name go on. */
  async during<T>(client: string, change: () => Promise<T>): Promise<T> {
    try {
      const result = await change();
      this.release(client);
      return result;
    } catch (error) {
      this.#end(client, false);
      throw error;
    }
  }

  /** Reports that a client no longer has its name. */
  release(client: string): void {
    this.#end(client, true);
  }

  /** Waits until a client gives up its name, or until it is clear that it does not. */
  async wait({ taker, holder, name, since, isAside }: Wait): Promise<WaitEnd> {
    if (taker !== null && !isAside && this.#leadsTo(holder, taker)) return "circle";
    if (taker !== null) this.#waits.set(taker, holder);
    const start = Date.now();
    try {
      for (;;) {
        const end = this.#endOf(holder, since);
        if (end !== undefined) return end;
        const isLeaving = this.isLeaving(holder, name);
        const left = this.#timeLeft(isLeaving ? "stuck" : "absent", start);
        if (left <= 0) return isLeaving ? "stuck" : "absent";
        await this.#sleep(left);
      }
    } finally {
      if (taker !== null) this.#waits.delete(taker);
    }
  }

  #endOf(holder: string, since: number): "failed" | "free" | undefined {
    const end = this.#ends.get(holder);
    if (end === undefined) return undefined;
    if (!end.isOk) return "failed";
    return end.turn > since ? "free" : undefined;
  }

  #timeLeft(reason: "absent" | "stuck", start: number): number {
    // Nothing may have stirred for long before the wait began.
    const since = Math.max(this.#stirred, start);
    return Math.min(since + this.#patience[reason], start + this.#patience.total) - Date.now();
  }

  #end(client: string, isOk: boolean): void {
    this.#turn += 1;
    this.#ends.set(client, { turn: this.#turn, isOk });
    this.stir();
  }

  /** Whether a client waits, over any number of others, for this one. */
  #leadsTo(client: string, other: string): boolean {
    const seen = new Set<string>();
    for (let next: string | undefined = client; next !== undefined; next = this.#waits.get(next)) {
      if (next === other) return true;
      if (seen.has(next)) return false;
      seen.add(next);
    }
    return false;
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#sleepers.add(wake);
    });
  }
}
