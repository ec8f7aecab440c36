import { sql } from "kysely";
import type { Connection } from "../database/transaction";

/** What an operator watches of the database, read without work that grows with it. */
export interface DatabaseState {
  readonly engineVersion: string;
  /** As many as there are numbers between the first and the last row; a transaction that was rolled back leaves a gap. */
  readonly auditRows: number;
  readonly signingKeys: readonly { readonly kid: string; readonly activeTime: Date }[];
  /** When the next actor token ends, of those that were made for long; null without one. */
  readonly actorTokenEnd: Date | null;
  /** When the next certificate of a client ends, of those that were made for long; null without one. */
  readonly certificateEnd: Date | null;
}

/** What is made for less, as for one job, is replaced by whoever made it, and its end is no news. */
const LONG = sql`interval '14 days'`;

export async function readDatabaseState(db: Connection, now: Date): Promise<DatabaseState> {
  const { rows } = await sql<State>`select current_setting('server_version') as version,
    coalesce((select max(id) from audit) - (select min(id) from audit) + 1, 0)::float8 as audit_rows,
    (select json_agg(json_build_array(kid, extract(epoch from active_time)::float8)) from signing_keys) as signing_keys,
    (select min(expires_time) from actors where revoked_time is null and expires_time > ${now}
      and expires_time - created_time > ${LONG}) as actor_token_end,
    (select min(not_after) from credentials where revoked_time is null and not_after > ${now}
      and not_after - not_before > ${LONG}) as certificate_end`.execute(db);
  const [state] = rows;
  if (state === undefined) throw new Error("a select without a table has no row");
  const { version, auditRows, signingKeys, actorTokenEnd, certificateEnd } = state;
  return {
    engineVersion: version,
    auditRows,
    signingKeys: (signingKeys ?? []).map(([kid, seconds]) => ({ kid, activeTime: new Date(seconds * 1_000) })),
    actorTokenEnd,
    certificateEnd,
  };
}

interface State {
  readonly version: string;
  readonly auditRows: number;
  readonly signingKeys: readonly (readonly [kid: string, seconds: number])[] | null;
  readonly actorTokenEnd: Date | null;
  readonly certificateEnd: Date | null;
}
