import type { Kysely } from "kysely";
import type { Schema } from "../database/schema";
import { inTransaction } from "../database/transaction";
import { type CredentialUse, recordFirstUse, recordUses } from "../store/client-credentials";

/** Remembers when secrets and keys were used: the first use is written at once, later ones together. */
export class UseRecorder {
  readonly #db: Kysely<Schema>;
  #latest = new Map<string, CredentialUse>();

  constructor(db: Kysely<Schema>) {
    this.#db = db;
  }

  /** Writes a first use; false when the credential was revoked meanwhile. */
  first(use: CredentialUse): Promise<boolean> {
    return inTransaction(this.#db, (transaction) => recordFirstUse(transaction, use));
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
