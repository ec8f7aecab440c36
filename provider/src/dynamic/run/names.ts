import type { AccessClient, Client } from "xtremepush-access";

/** From this many names on, the listing of the project answers them. */
const FEW = 8;
const PAGE_SIZE = 1_000;

type Listing = ReadonlyMap<string, Client>;

/**
 * Finds which client has a name, before the process changes anything: a check can then refuse a name in the preview.
 *
 * After the first write this is an `up`, where the write of the name itself tells whether it is taken.
 */
export class Names {
  readonly #access: AccessClient;
  readonly #project: string;
  readonly #found = new Map<string, Promise<Client | null>>();
  #hasWritten = false;
  #listing: Promise<Listing | null> | undefined;

  constructor(access: AccessClient, project: string) {
    this.#access = access;
    this.#project = project;
    access.onWrite(() => {
      this.#hasWritten = true;
      return () => {};
    });
  }

  /** @returns null when the name is free, or when the process has already written. */
  async holderOf(name: string): Promise<Client | null> {
    if (this.#hasWritten) return null;
    const found = this.#found.get(name) ?? this.#find(name);
    this.#found.set(name, found);
    return found;
  }

  async #find(name: string): Promise<Client | null> {
    if (this.#found.size >= FEW) this.#listing ??= this.#list();
    const listing = (await this.#listing) ?? null;
    if (listing !== null) return listing.get(name) ?? null;
    const { items } = await this.#access.clients.list(this.#project, { name, limit: 1 });
    return items[0] ?? null;
  }

  /** Returns null for a project of several pages, where single reads cost less. */
  async #list(): Promise<Listing | null> {
    const { items, nextCursor } = await this.#access.clients.list(this.#project, { limit: PAGE_SIZE });
    return nextCursor === null ? new Map(items.map((client) => [client.name, client])) : null;
  }
}
