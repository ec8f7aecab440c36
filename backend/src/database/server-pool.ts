import type { PostgresPool, PostgresPoolClient } from "kysely";
import { Pool, type PoolClient, type PoolConfig } from "pg";

/** Connections to a PostgreSQL server, as Kysely takes them. */
export function openPool(config: PoolConfig): PostgresPool {
  const pool = new Pool({
    application_name: "xtremepush-access-backend",
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    ...config,
  });
  // The pool drops an idle connection that broke and makes another; unheard, the event would end the process.
  pool.on("error", () => {});
  return { options: pool.options, connect: async () => lend(await pool.connect()), end: () => pool.end() };
}

/**
 * pg hands a connection out again whose answer never came. After a fail-over without a goodbye all of them lead nowhere,
 * and each would fail one request after another until TCP gives up, a quarter of an hour later.
 */
function lend(client: PoolClient): PostgresPoolClient {
  let silence: Error | null = null;
  const query: unknown = async (text: string, values: readonly unknown[]) => {
    // The rollback after a timeout would wait for another one.
    if (silence !== null) throw silence;
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (isSilence(error)) silence = error;
      throw error;
    }
  };
  return {
    // Kysely gives a cursor instead of a text only when it streams, which needs the option `cursor`.
    query: query as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy === true || silence !== null),
  };
}

function isSilence(error: unknown): error is Error {
  return error instanceof Error && error.message === "Query read timeout";
}
