import { setTimeout as wait } from "node:timers/promises";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Client, Pool, type PoolClient, type PoolConfig } from "pg";
import { isFailure } from "./failures";
import { lend, type Timeouts } from "./lent-connection";

/** How long a request waits for a connection. */
const CONNECT_MS = 5_000;
/** A fail-over that closes nothing can leave connections at the wrong server; none gets older than this. */
const MAX_AGE_S = 300;
/** How long the pool stays as small as a server without free connections has made it. */
const SMALL_MS = 5_000;
/** Of many connections at the wrong server, each would drop all others: once a second is enough. */
const DROP_MS = 1_000;

/** What a pool is opened with besides pg's own settings. */
export interface ServerPoolConfig extends PoolConfig {
  /** @default none: a migration may take as long as it takes */
  readonly timeouts?: Timeouts;
}

/** Connections to a PostgreSQL server, or a pooler before it, as Kysely takes them. */
export function openPool({ timeouts, ...config }: ServerPoolConfig): PostgresPool {
  const pool = new ServerPool(config, timeouts ?? null);
  return { options: pool.options, connect: () => pool.connect(), end: () => pool.end() };
}

class ServerPool {
  readonly options: PoolConfig;
  readonly #max: number;
  readonly #timeouts: Timeouts | null;
  /** Connections of an earlier generation are not used again. */
  readonly #generations = new WeakMap<object, number>();
  #generation = 0;
  #droppedTime = Number.NEGATIVE_INFINITY;
  #pool: Pool;
  #hasStartupTimeouts: boolean;

  constructor(config: PoolConfig, timeouts: Timeouts | null) {
    this.options = {
      application_name: "xtremepush-access-backend",
      connectionTimeoutMillis: CONNECT_MS,
      idleTimeoutMillis: 30_000,
      maxLifetimeSeconds: MAX_AGE_S,
      keepAlive: true,
      Client: HeardClient,
      ...config,
    };
    this.#max = config.max ?? 10;
    this.#timeouts = timeouts;
    this.#hasStartupTimeouts = timeouts !== null;
    this.#pool = this.#makePool({ ...this.options, ...timeouts });
  }

  async connect(): Promise<PostgresPoolClient> {
    for (;;) {
      const client = await this.#take();
      if (this.#generations.get(client) === this.#generation) {
        return lend(client, { timeouts: this.#timeouts, onWrongServer: () => this.#dropOthers() });
      }
      client.release(true);
    }
  }

  end(): Promise<void> {
    return this.#pool.end();
  }

  #makePool(config: PoolConfig): Pool {
    const pool = new Pool(config);
    // The pool drops an idle connection that broke and makes another; unheard, the event would end the process.
    pool.on("error", () => {});
    pool.on("connect", (client) => this.#generations.set(client, this.#generation));
    return pool;
  }

  async #take(): Promise<PoolClient> {
    const end = performance.now() + CONNECT_MS;
    for (;;) {
      const pool = this.#pool;
      try {
        return await pool.connect();
      } catch (error) {
        if (!this.#adapt(pool, error) || performance.now() > end) throw error;
        await wait(Math.random() * 100);
      }
    }
  }

  /** Makes the best of what the server refused; false when there is nothing to try. */
  #adapt(pool: Pool, error: unknown): boolean {
    // A pooler that shares its connections takes no settings of one; each transaction then brings its own.
    if (this.#hasStartupTimeouts && isFailure(error, "startup-parameter")) {
      this.#hasStartupTimeouts = false;
      this.#pool = this.#makePool(this.options);
      void pool.end();
      return true;
    }
    if (pool !== this.#pool) return true;
    // The connections that there are serve everybody: waiting for one of them is better than being refused a new one.
    if (!isFailure(error, "full") || pool.totalCount === 0) return false;
    pool.options.max = pool.totalCount;
    setTimeout(() => {
      pool.options.max = this.#max;
    }, SMALL_MS).unref();
    return true;
  }

  #dropOthers(): void {
    const now = performance.now();
    if (now - this.#droppedTime < DROP_MS) return;
    this.#droppedTime = now;
    this.#generation += 1;
  }
}

/**
 * The pool listens to the failures of idle connections only. One that is lent and waits for nothing, as between two
 * statements of a transaction, is heard by nobody, and Node.js ends a process for an `error` that nobody hears.
 */
class HeardClient extends Client {
  constructor(config?: ConstructorParameters<typeof Client>[0]) {
    super(config);
    // The next statement on the connection fails and tells whoever has it.
    this.on("error", () => {});
  }
}
