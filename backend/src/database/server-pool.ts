import { setTimeout as wait } from "node:timers/promises";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Client, Pool, type PoolClient, type PoolConfig } from "pg";
import { isFailure } from "./failures";
import { lend, type Timeouts } from "./lent-connection";

/** How long a request waits for a connection. */
const CONNECT_MS = 5_000;
/** Maximum age of a connection: a fail-over that closes nothing can leave connections to the wrong server. */
const MAX_AGE_S = 300;
/** How long the pool stays small after a server had no free connection for it. */
const SMALL_MS = 5_000;
/** Each of many connections to the wrong server would drop all others; once a second is enough. */
const DROP_MS = 1_000;

/** The settings of a pool: pg's own, and the limits of each connection. */
export interface ServerPoolConfig extends PoolConfig {
  /** @default none: a migration has no time limit */
  readonly timeouts?: Timeouts;
}

/** The connections of a pool, and who waits for one. */
export interface PoolState {
  readonly max: number;
  /** Open connections. */
  readonly size: number;
  readonly idle: number;
  readonly waiting: number;
}

/** Connections to a PostgreSQL server, or a pooler before it, as Kysely takes them. */
export function openPool({ timeouts, ...config }: ServerPoolConfig): PostgresPool & { state(): PoolState } {
  const pool = new ServerPool(config, timeouts ?? null);
  return {
    options: pool.options,
    connect: () => pool.connect(),
    end: () => pool.end(),
    state: () => pool.state(),
  };
}

class ServerPool {
  readonly options: PoolConfig;
  readonly #max: number;
  readonly #timeouts: Timeouts | null;
  /** The pool does not reuse connections of an earlier generation. */
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
      // The driver reads times in this format only, and a role or a database may have another.
      onConnect: (client) => client.query("set datestyle = 'ISO'"),
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

  state(): PoolState {
    const { totalCount, idleCount, waitingCount } = this.#pool;
    return { max: this.#max, size: totalCount, idle: idleCount, waiting: waitingCount };
  }

  #makePool(config: PoolConfig): Pool {
    const pool = new Pool(config);
    // The pool replaces an idle connection that broke; without a listener, the event would end the process.
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

  /** Adapts the pool to what the server refused; false when there is nothing to try. */
  #adapt(pool: Pool, error: unknown): boolean {
    // A pooler that shares connections accepts no settings of a connection; each transaction then sets its own.
    if (this.#hasStartupTimeouts && isFailure(error, "startup-parameter")) {
      this.#hasStartupTimeouts = false;
      this.#pool = this.#makePool(this.options);
      void pool.end();
      return true;
    }
    if (pool !== this.#pool) return true;
    // The open connections serve all requests: waiting for one is better than a refused new one.
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
 * The pool listens only to failures of idle connections. A lent connection that waits for nothing, as between two
 * statements of a transaction, has no listener, and Node.js ends a process for an `error` without one.
 */
class HeardClient extends Client {
  constructor(config?: ConstructorParameters<typeof Client>[0]) {
    super(config);
    // The next statement on the connection fails and reports it.
    this.on("error", () => {});
  }
}
