import { type AccessClient, AccessError, type Client, type ClientWithGrant, type Grant } from "xtremepush-access";

/** As many reads within this time are a sign that many more follow: a refresh does not say how many there will be. */
const BURST = 8;
const BURST_MS = 2_000;
/** How long a page serves reads, counted from when its request was sent. */
const PAGE_MS = 5_000;
const PAGE_SIZE = 1_000;
/** How long no page is asked for after one that could not be had. */
const REST_MS = 30_000;

/** Tells the time in milliseconds since 1970. */
interface Clock {
  now(): number;
}

type Clients = ReadonlyMap<string, ClientWithGrant>;

/** One sending of a page's request. It never rejects: a page that cannot be had is empty, and single reads decide. */
interface Load {
  readonly sentTime: number;
  /** How many own writes had ended when it was sent. */
  readonly writes: number;
  readonly clients: Promise<Clients>;
}

/** A stretch of the listing of the project's clients; its place stays when its content has become too old. */
interface Page {
  readonly cursor: string | undefined;
  /** Where the next page begins: null after the last one, undefined until the first load has ended. */
  next: string | null | undefined;
  load: Load;
}

/**
 * Reads clients and grants: one by one while they are few, and from whole pages of the listing once many come in quick
 * succession, so that the requests of a refresh grow with the pages and not with the resources.
 *
 * What a page says is at most five seconds old and from after the last own write. Whether something is gone is always
 * decided by a read of its own. Of a project with far more clients than the stack has, only as many pages are loaded as
 * pay for themselves.
 */
export class Reads {
  readonly #access: AccessClient;
  readonly #project: string;
  readonly #clock: Clock;
  readonly #pages: Page[] = [];
  readonly #pageOf = new Map<string, Page>();
  readonly #made = new Set<string>();
  #recent: readonly number[] = [];
  /** How many reads no page could serve, since the last page was loaded. */
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

  /** Remembers a client that this process has made. */
  rememberMade(id: string): void {
    this.#made.add(id);
  }

  /** Whether this process has made the client, so that nobody else can have given it permissions before. */
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

  /** The page that has the client, or may have it; undefined when a single read is the shorter way. */
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
      // What takes longer would be too old to serve.
      const options = { signal: AbortSignal.timeout(PAGE_MS) };
      const { items, nextCursor } = await this.#access.clients.list(this.#project, query, options);
      page.next = nextCursor;
      for (const { id } of items) this.#pageOf.set(id, page);
      return new Map(items.map((client) => [client.id, client]));
    } catch (error) {
      // The single reads that follow fail by themselves, each with its own meaning.
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
