import type { Kysely } from "kysely";
import type { Schema } from "../database/schema";
import { inTransaction } from "../database/transaction";
import { recordFirstUse, recordUses, type SecretUse } from "../store/client-credentials";

/** Remembers when secrets were used: the first use is written at once, later ones together. */
export class UseRecorder {
  readonly #db: Kysely<Schema>;
  #latest = new Map<string, SecretUse>();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Writes a first use; false when the secret was revoked meanwhile. */
  first(use: SecretUse): Promise<boolean> {
    return inTransaction(this.#db, (transaction) => recordFirstUse(transaction, use));
  }

  later(use: SecretUse): void {
    this.#latest.set(use.secret, use);
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
