import type { Kysely } from "kysely";
import type { Schema } from "../database/schema";
import { inTransaction } from "../database/transaction";
import { type CredentialUse, recordUses } from "../store/client-credentials";

/** Remembers when secrets and keys were used again, and writes that together; a first use is written at once, elsewhere. */
export class UseRecorder {
  readonly #db: Kysely<Schema>;
  #latest = new Map<string, CredentialUse>();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  later(use: CredentialUse): void {
    this.#latest.set(use.credential, use);
  }

  /** Writes what was used since the last flush, batch by batch; what cannot be written waits for the next one. */
  async flush(): Promise<void> {
    const uses = [...this.#latest.values()].sort((one, other) => (one.client < other.client ? -1 : 1));
    this.#latest = new Map();
    for (let start = 0; start < uses.length; start += BATCH) {
      try {
        await inTransaction(this.#db, (transaction) => recordUses(transaction, uses.slice(start, start + BATCH)));
      } catch (error) {
        const unwritten = uses.slice(start).map((use) => [use.credential, use] as const);
        this.#latest = new Map([...unwritten, ...this.#latest]);
        throw error;
      }
    }
  }
}

/** As many rows as a flush locks at once: a token of one of these clients may wait for them. */
const BATCH = 1_000;
