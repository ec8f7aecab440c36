import type { PostgresPoolClient } from "kysely";
import type { PoolClient } from "pg";
import { isFailure } from "./failures";
import { tryAgain } from "./transaction";

/** Limits of a server connection, in milliseconds. */
export interface Timeouts {
  readonly statement_timeout: number;
  readonly lock_timeout: number;
  readonly idle_in_transaction_session_timeout: number;
}

/** How a lent connection behaves, and what it reports. */
export interface Lending {
  /** What each transaction sets for itself, because a pooler may give the next one another connection. */
  readonly timeouts: Timeouts | null;
  /** Called when the connection leads to a server that does not answer or accepts no changes. */
  readonly onWrongServer: () => void;
}

/**
 * A connection of pg's pool as Kysely takes it.
 *
 * pg reuses a connection whose answer never came, and one to a server that has become a standby. After a fail-over that
 * closes nothing, all connections lead nowhere, and each would fail request after request until TCP gives up, a quarter of
 * an hour later.
 */
export function lend(client: PoolClient, { timeouts, onWrongServer }: Lending): PostgresPoolClient {
  let silence: unknown = null;
  let isUseless = false;
  let isInTransaction = false;

  const run = async (text: string, values: readonly unknown[]) => {
    // The rollback after a timeout would wait until its own timeout.
    if (silence !== null) throw silence;
    try {
      return await client.query(text, [...values]);
    } catch (error) {
      if (isFailure(error, "silent")) silence = error;
      if (isFailure(error, "silent", "read-only")) {
        isUseless = true;
        onWrongServer();
      }
      throw error;
    }
  };

  const query: unknown = (text: string, values: readonly unknown[]) => {
    if (BEGIN.test(text)) {
      isInTransaction = true;
      return run(timeouts === null ? text : `${text}; ${localSettings(timeouts)}`, values);
    }
    if (END.test(text)) isInTransaction = false;
    else if (!isInTransaction) return tryAgain(() => run(text, values), ["race"]);
    return run(text, values);
  };
  return {
    // Kysely gives a cursor instead of a string only when it streams, which needs the option `cursor`.
    query: query as PostgresPoolClient["query"],
    release: (destroy) => client.release(destroy === true || isUseless),
  };
}

const BEGIN = /^(begin|start transaction)\b/i;
const END = /^(commit|rollback)$/i;

function localSettings(timeouts: Timeouts): string {
  return Object.entries(timeouts)
    .map(([name, value]) => `set local ${name} = ${value}`)
    .join("; ");
}
