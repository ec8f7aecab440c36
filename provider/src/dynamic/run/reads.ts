import { type AccessClient, AccessError, type Client, type ClientWithGrant, type Grant } from "xtremepush-access";

/** This many reads within BURST_MS suggest a refresh, which does not announce how many reads follow. */
const BURST = 8;
const BURST_MS = 2_000;
/** How long a page answers reads, counted from its request. */
const PAGE_MS = 5_000;
const PAGE_SIZE = 1_000;
/** How long to wait before the next page request after one failed. */
const REST_MS = 30_000;

interface Clock {
  now(): number;
}

type Clients = ReadonlyMap<string, ClientWithGrant>;

/** One request of a page. It never rejects: a failed page is empty, and single reads decide. */
interface Load {
  readonly sentTime: number;
  /** How many of this process's writes had ended when it was sent. */
  readonly writes: number;
  readonly clients: Promise<Clients>;
}

/** A page of the project's clients. It keeps its cursor when its content is too old. */
interface Page {
  readonly cursor: string | undefined;
  /** The cursor of the next page: null after the last page, undefined until the first load ends. */
  next: string | null | undefined;
  load: Load;
}

/**
 * Reads clients and grants: one by one while there are few, and from whole pages of the listing when many follow quickly.
 * The number of requests in a refresh then grows with the pages, not with the resources.
 *
 * A page is at most five seconds old and newer than this process's last write. Only a single read decides that something
 * is gone. In a project with far more clients than the stack, it loads only pages that save requests.
 */
export class Reads {
  readonly #access: AccessClient;
  readonly #project: string;
  readonly #clock: Clock;
  readonly #pages: Page[] = [];
  readonly #pageOf = new Map<string, Page>();
  readonly #made = new Set<string>();
  #recent: readonly number[] = [];
  /** How many reads no page could answer since the last page was loaded. */
  #misses = 0;
  #writing = 0;
  #writes = 0;
  #restUntil = 0;

  /** Watches every write through this AccessClient from now on, whichever handler sends it. */
  constructor(access: AccessClient, project: string, clock: Clock = Date) {
    this.#access = access;
    this.#project = project;
    this.#clock = clock;
    access.onWrite(() => this.#beginWrite());
  }

  /** Reads a client. @throws NotFoundError with `client_not_found`; another AccessError for any other failure. */
  async client(id: string): Promise<Client> {
    const listed = await this.#listed(id);
    if (listed === undefined) return this.#access.clients.get(this.#project, id);
    const { grant: _, ...client } = listed;
    return client;
  }

  /** Reads a grant. @throws NotFoundError with `client_not_found`; another AccessError for any other failure. */
  async grant(id: string): Promise<Grant> {
    const listed = await this.#listed(id);
    return listed?.grant ?? this.#access.grants.get(this.#project, id);
  }

  /** Remembers a client that this process created. */
  rememberMade(id: string): void {
    this.#made.add(id);
  }

  /** Whether this process created the client, so that it cannot have earlier permissions. */
  hasMade(id: string): boolean {
    return this.#made.has(id);
  }

  async #listed(id: string): Promise<ClientWithGrant | undefined> {
    const page = this.#pageFor(id, this.#isBurst());
    const found = page && (await this.#clientsOf(page.load)).get(id);
    if (!found) this.#misses += 1;
    return found;
  }

  #isBurst(): boolean {
    const now = this.#clock.now();
    this.#recent = [...this.#recent, now].slice(-BURST);
    return this.#recent.length === BURST && now - (this.#recent[0] ?? now) <= BURST_MS;
  }

  /** Finds the page that has, or may have, the client; undefined when a single read is cheaper. */
  #pageFor(id: string, isBurst: boolean): Page | undefined {
    const known = this.#pageOf.get(id);
    if (known && this.#isFresh(known.load)) return known;
    const last = this.#pages.at(-1);
    const isOnItsWay = last !== undefined && last.next === undefined && this.#isFresh(last.load);
    if (!known && isOnItsWay) return last;
    if (!isBurst || this.#writing > 0 || this.#clock.now() < this.#restUntil) return undefined;
    if (known) return this.#reload(known);
    if (last === undefined) return this.#open(undefined);
    // Each further page of a large project costs as much as several single reads.
    return last.next && this.#misses >= BURST ? this.#open(last.next) : undefined;
  }

  #isFresh({ sentTime, writes }: Load): boolean {
    const age = this.#clock.now() - sentTime;
    return writes === this.#writes && age >= 0 && age < PAGE_MS;
  }

  async #clientsOf(load: Load): Promise<Clients> {
    const clients = await load.clients;
    return this.#isFresh(load) ? clients : NONE;
  }

  #open(cursor: string | undefined): Page {
    const page: Page = { cursor, next: undefined, load: this.#none() };
    this.#pages.push(page);
    return this.#reload(page);
  }

  #reload(page: Page): Page {
    this.#misses = 0;
    page.load = { ...this.#none(), clients: this.#fetch(page) };
    return page;
  }

  #none(): Load {
    return { sentTime: this.#clock.now(), writes: this.#writes, clients: Promise.resolve(NONE) };
  }

  async #fetch(page: Page): Promise<Clients> {
    const query = { limit: PAGE_SIZE, cursor: page.cursor };
    try {
      // A slower answer would be too old to use.
      const options = { signal: AbortSignal.timeout(PAGE_MS) };
      const { items, nextCursor } = await this.#access.clients.list(this.#project, query, options);
      page.next = nextCursor;
      for (const { id } of items) this.#pageOf.set(id, page);
      return new Map(items.map((client) => [client.id, client]));
    } catch (error) {
      // The single reads that follow report their own errors.
      if (!AccessError.is(error)) throw error;
      this.#restUntil = this.#clock.now() + REST_MS;
      if (page.next === undefined) this.#pages.splice(this.#pages.indexOf(page), 1);
      return NONE;
    }
  }

  #beginWrite(): () => void {
    this.#writing += 1;
    return () => {
      this.#writing -= 1;
      this.#writes += 1;
    };
  }
}

const NONE: Clients = new Map();
