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

  /** Writes what was used since the last flush; what cannot be written waits for the next one. */
  async flush(): Promise<void> {
    const uses = this.#latest;
    if (uses.size === 0) return;
    this.#latest = new Map();
    try {
      await inTransaction(this.#db, (transaction) => recordUses(transaction, [...uses.values()]));
    } catch (error) {
      this.#latest = new Map([...uses, ...this.#latest]);
      throw error;
    }
  }
}
