import { sql } from "kysely";
import type { Connection } from "../database/transaction";
import type { AccessReader } from "./access-changes";
import { type Columns, type Part, type Rows, readRows } from "./pages";

/** What a client may do now. */
export interface AccessEntryRow {
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly revision: number;
  /** The revision of its last restore; 0 without one. */
  readonly validFrom: number;
  readonly createdTime: Date;
  readonly permissions: readonly string[];
}

/** Where a page ended: the clients are in the order of their projects, then of their creation. */
export interface AccessPosition {
  readonly project: string;
  readonly time: Date;
  readonly id: string;
}

/** Lists what the live clients may do. */
export function listAccess(
  db: Connection,
  { projects }: AccessReader,
  part: Part<AccessPosition>,
): Promise<Rows<AccessEntryRow>> {
  const after = part.after;
  const from = projects === null ? sql`projects` : sql`unnest(${projects}::text[]) as asked(slug)`;
  // One project after the other, each by the index of its clients.
  const rows = (limit: number) => sql<AccessEntryRow & { readonly weight: number }>`(
    select found.* from (
      select distinct slug from ${from} where slug >= ${after?.project ?? ""} order by slug offset 0
    ) as asked cross join lateral (
      select ${ENTRY}, clients.created_time, ${WEIGHT} as weight
      from clients left join grants on grants.client = clients.id
      where clients.project = asked.slug and clients.deleted_time is null and (clients.created_time, clients.id) > (
        case when asked.slug = ${after?.project ?? ""} then ${after?.time ?? null}::timestamptz else '-infinity' end,
        case when asked.slug = ${after?.project ?? ""} then ${after?.id ?? ""} else '' end
      )
      order by clients.created_time, clients.id limit ${limit}
    ) as found limit ${limit}
  )`;
  return readRows(db, { rows, columns: COLUMNS, order: sql`project, created_time, id` }, part);
}

/** Finds what some clients may do; deleted clients have no entry. */
export async function findAccess(db: Connection, ids: readonly string[]): Promise<readonly AccessEntryRow[]> {
  const { rows } = await sql<AccessEntryRow>`
    select ${ENTRY}, clients.created_time from clients left join grants on grants.client = clients.id
    where clients.id = any(${ids}::text[]) and clients.deleted_time is null`.execute(db);
  return rows;
}

// As introspection decides: TOKEN_ENDED, and the permissions of the grant.
const ENTRY = sql`clients.id, clients.project, clients.name, clients.revision,
  coalesce(clients.restored_revision, 0) as valid_from, coalesce(grants.permissions, '{}') as permissions`;

const COLUMNS: Columns<AccessEntryRow> = {
  id: "value",
  project: "value",
  name: "value",
  revision: "value",
  validFrom: "value",
  createdTime: "time",
  permissions: "value",
};

/** About how many bytes an entry has in an answer. */
const WEIGHT = sql<number>`(250 + octet_length(clients.name) + 25 * coalesce(cardinality(grants.permissions), 0))`;

/** A token that was revoked and has not ended. */
export interface RevokedTokenRow {
  readonly jti: string;
  readonly expiresTime: Date;
}

/** Lists the revoked tokens that have not ended, by their jti. */
export async function listRevokedTokens(
  db: Connection,
  { projects, now }: AccessReader & { readonly now: Date },
  { after, limit }: { readonly after: string; readonly limit: number },
): Promise<{ readonly rows: readonly RevokedTokenRow[]; readonly more: boolean }> {
  const { rows } = await sql<RevokedTokenRow>`
    select jti, expires_time from revoked_tokens join clients on clients.id = revoked_tokens.client
    where jti > ${after} and expires_time > ${now}
      and (${projects}::text[] is null or clients.project = any(${projects}::text[]))
    order by jti limit ${limit + 1}`.execute(db);
  return { rows: rows.slice(0, limit), more: rows.length > limit };
}
