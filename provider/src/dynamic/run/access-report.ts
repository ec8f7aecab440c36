import { AccessError } from "xtremepush-access";
import { type AccessChange, accessLine } from "./access-line";
import type { Show } from "./engine-log";
import type { Reads } from "./reads";

/** A client whose permissions change. */
export interface ChangedClient {
  /** Null for a new client, in a preview. */
  readonly id: string | null;
  /** The name as the program declares it; null when the resource does not know it. */
  readonly name: string | null;
}

/**
 * Shows which client gains or loses which permissions in a run: one line for each client, in the preview and in the update.
 *
 * The check of a grant reports its change, since a preview calls nothing else. Deletes report themselves, except those that
 * a check has reported: of a grant that is replaced, or that another resource of the run declares.
 */
export class AccessReport {
  readonly #inform: Show;
  readonly #isShown: () => boolean;
  readonly #names = new Map<string, string>();
  readonly #reported = new Set<string>();

  /** @param inform - Shows each message once. */
  constructor(inform: Show, isShown: () => boolean) {
    this.#inform = inform;
    this.#isShown = isShown;
  }

  /** Remembers the name of a client of this run: a grant has only the ID. */
  rememberName(id: string, name: string): void {
    this.#names.set(id, name);
  }

  /** Reports the change of a client's permissions, from the check of its grant. */
  async reportDeclared(reads: Reads | null, client: ChangedClient, change: AccessChange): Promise<void> {
    if (client.id !== null) this.#reported.add(client.id);
    await this.#report(reads, client, change);
  }

  /** Reports the permissions that ended with a grant or with a client, unless a check has done so. */
  async reportEnded(reads: Reads, client: ChangedClient, before: readonly string[]): Promise<void> {
    if (client.id === null || this.#reported.has(client.id)) return;
    this.#reported.add(client.id);
    await this.#report(reads, client, { before, after: [] });
  }

  async #report(reads: Reads | null, { id, name }: ChangedClient, change: AccessChange): Promise<void> {
    if (!this.#isShown() || accessLine({ id, name }, change) === null) return;
    const shown = name ?? (id === null ? null : await this.#nameOf(reads, id));
    const line = accessLine({ id, name: shown }, change);
    if (line !== null) await this.#inform(line);
  }

  async #nameOf(reads: Reads | null, id: string): Promise<string | null> {
    const known = this.#names.get(id);
    if (known !== undefined || reads === null) return known ?? null;
    try {
      return (await reads.client(id)).name;
    } catch (error) {
      // Without its name, the line still says which client changes.
      if (AccessError.is(error)) return null;
      throw error;
    }
  }
}
