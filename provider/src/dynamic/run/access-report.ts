import { AccessError } from "xtremepush-access";
import { type AccessChange, accessLine, type LineClient } from "./access-line";
import type { Show } from "./engine-log";
import type { Reads } from "./reads";

/** A client whose permissions change. */
export interface ChangedClient {
  /** Null for a new client, in a preview. */
  readonly id: string | null;
  /** The name as the program declares it; null when the resource does not know it. */
  readonly name: string | null;
  /** The owner of the declared grant. The engine may check a resource several times, and its lines are shown once. */
  readonly owner?: string | null;
}

/**
 * Shows which client gains or loses which permissions in a run: one line for each client, in the preview and in the update.
 *
 * The check of a grant reports its change, since a preview calls nothing else. Deletes report themselves, except those that
 * a check has reported: of a grant that is replaced, or that another resource of the run declares; and of a client that loses
 * all of its permissions.
 */
export class AccessReport {
  readonly #inform: Show;
  readonly #isShown: () => boolean;
  readonly #names = new Map<string, string>();
  /** Whether the reported change of a client leaves it without permissions. */
  readonly #reported = new Map<string, boolean>();
  readonly #shown = new Set<string>();
  /** The owners of grants whose next client is not known. The engine checks them again, as new ones. */
  readonly #unknownNext = new Set<string>();

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
    const { after, unknown = 0, isClientUnknown = false } = change;
    const { id, owner = null } = client;
    if (isClientUnknown && owner !== null) this.#unknownNext.add(owner);
    if (id === null && owner !== null && this.#unknownNext.has(owner)) return;
    if (id !== null && !isClientUnknown) this.#reported.set(id, after.length === 0 && unknown === 0);
    await this.#report(reads, client, change);
  }

  /** Reports the permissions that ended with a grant, unless a check has done so. */
  async reportGrantEnded(id: string, before: readonly string[]): Promise<void> {
    if (!this.#reported.has(id)) await this.#reportEnded({ id, name: null }, before);
  }

  /** Reports the permissions that ended with a client, also where the run declares a grant of it. */
  async reportClientEnded(client: Pick<LineClient, "name"> & { readonly id: string }, before: readonly string[]) {
    if (this.#reported.get(client.id) !== true) await this.#reportEnded(client, before);
  }

  async #reportEnded({ id, name }: ChangedClient & { readonly id: string }, before: readonly string[]): Promise<void> {
    this.#reported.set(id, true);
    // One request more for each of a thousand deletes would cost more than the name is worth.
    await this.#report(null, { id, name }, { before, after: [] });
  }

  async #report(reads: Reads | null, { id, name, owner = null }: ChangedClient, change: AccessChange): Promise<void> {
    if (!this.#isShown() || accessLine({ id, name }, change) === null) return;
    const shown = name ?? (id === null ? null : await this.#nameOf(reads, id));
    const line = accessLine({ id, name: shown }, change);
    // Two new clients without a name have the same line.
    const key = JSON.stringify([owner ?? id, line]);
    if (line === null || this.#shown.has(key)) return;
    this.#shown.add(key);
    await this.#inform(line);
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
