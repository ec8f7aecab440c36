import type { FastifyInstance } from "fastify";
import type { Listening, Notifications } from "../database/notifications";
import type { LatestAccess } from "../store/access-changes";

/** How often the database is asked while somebody waits: notifications get lost. */
const POLL_MS = 250;
/** How often other replicas are notified at most. */
const NOTIFY_MS = 50;

/** How a wait ends besides a change. */
interface Patience {
  readonly ms: number;
  readonly signal: AbortSignal;
}

interface Waiting {
  readonly known: LatestAccess;
  readonly resolve: (head: LatestAccess) => void;
  readonly reject: (error: unknown) => void;
}

export interface AccessFeedConfig {
  readonly notifications: Notifications;
  /** Reads the latest change. */
  readonly read: () => Promise<LatestAccess>;
}

/** Knows when access has changed. All that wait share one poll, and one connection that listens to the other replicas. */
export class AccessFeed {
  readonly #config: AccessFeedConfig;
  readonly #waiting = new Set<Waiting>();
  #listening: Listening | null = null;
  #isPolling = false;
  #isDue = false;
  #wake = () => {};

  constructor(config: AccessFeedConfig) {
    this.#config = config;
  }

  /** The latest change. */
  head(): Promise<LatestAccess> {
    return this.#config.read();
  }

  /** Waits for a change after the known one; resolves with the known one when there is none. */
  next(known: LatestAccess, { ms, signal }: Patience): Promise<LatestAccess> {
    if (ms <= 0 || signal.aborted) return Promise.resolve(known);
    return new Promise((resolve, reject) => {
      const end = () => {
        this.#waiting.delete(waiting);
        clearTimeout(timer);
        signal.removeEventListener("abort", giveUp);
      };
      const giveUp = () => {
        end();
        resolve(known);
      };
      const waiting: Waiting = {
        known,
        resolve: (head) => {
          end();
          resolve(head);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const timer = setTimeout(giveUp, ms);
      signal.addEventListener("abort", giveUp, { once: true });
      this.#waiting.add(waiting);
      this.#listening ??= this.#config.notifications.listen(() => this.look());
      void this.#poll();
    });
  }

  /** Asks the database now, if anybody waits. */
  look(): void {
    this.#isDue = true;
    this.#wake();
  }

  async close(): Promise<void> {
    await this.#listening?.close();
  }

  async #poll(): Promise<void> {
    if (this.#isPolling) return this.look();
    this.#isPolling = true;
    while (this.#waiting.size > 0) {
      this.#isDue = false;
      await this.#read();
      if (this.#waiting.size > 0) await this.#pause();
    }
    this.#isPolling = false;
  }

  async #read(): Promise<void> {
    const waiting = [...this.#waiting];
    try {
      const head = await this.#config.read();
      for (const { known, resolve } of waiting) if (!isSame(known, head)) resolve(head);
    } catch (error) {
      for (const { reject } of waiting) reject(error);
    }
  }

  #pause(): Promise<void> {
    if (this.#isDue) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, POLL_MS);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

function isSame(one: LatestAccess, other: LatestAccess): boolean {
  return one.number === other.number && one.tag === other.tag && one.epoch === other.epoch;
}

/** After each write, lets those that wait here look at once, and notifies the other replicas. */
export function announceWrites(app: FastifyInstance, feed: AccessFeed, { notify }: Notifications): void {
  let timer: NodeJS.Timeout | null = null;
  let isDue = false;
  const send = () => {
    isDue = false;
    timer = setTimeout(() => {
      timer = null;
      if (isDue) send();
    }, NOTIFY_MS).unref();
    // The other replicas poll as well.
    notify().catch((error: unknown) => app.log.warn({ err: error }, "the other replicas could not be notified"));
  };
  app.addHook("onResponse", async (request, reply) => {
    if (reply.statusCode >= 300 || !mayChangeAccess(request.method, request.routeOptions.url ?? "")) return;
    feed.look();
    if (timer === null) send();
    else isDue = true;
  });
  app.addHook("onClose", async () => {
    if (timer !== null) clearTimeout(timer);
    await feed.close();
  });
}

function mayChangeAccess(method: string, route: string): boolean {
  return method !== "GET" && (route.startsWith("/v1/projects/:project/clients") || route.endsWith("/oauth/revoke"));
}
