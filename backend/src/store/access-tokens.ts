import { type Insertable, sql } from "kysely";
import type { RevokedTokenTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { ACTOR_COLUMNS, type ActorRow } from "./actors";

/** Which token is meant. */
export interface TokenKey {
  readonly jti: string;
  readonly client: string;
  /** The client's revision when it was issued. */
  readonly revision: number;
}

/** What a request asks for: the actor whose token it shows, what an access token may do now, or both. */
export interface LiveQuery {
  readonly actorToken: Uint8Array | null;
  readonly accessToken: TokenKey | null;
}

export interface LiveAnswer {
  /** Null when it is unknown or was not asked for. */
  readonly actor: ActorRow | null;
  /**
   * The permissions that the client of the token has now; null when the token counts no more: its client is deleted, or was
   * since the token was issued, or the token was revoked.
   */
  readonly permissions: readonly string[] | null;
}

/** Whether the token of a row `asked` (jti, client, revision) of a row `clients` was revoked, or the client restored since it was issued. */
// A restore brings back no credential, so a token of before the delete stays ended, too. It raises the revision; the clocks of
// replicas differ, and a token knows only the second in which it was issued.
export const TOKEN_ENDED = sql<boolean>`(exists (select from revoked_tokens where revoked_tokens.jti = asked.jti)
  or coalesce(clients.restored_revision > asked.revision, false))`;

/** Permissions as one text: the driver takes long to read an array. */
export const PERMISSIONS_TEXT = sql<string | null>`array_to_string(grants.permissions, ' ')`;

/** Reads the answers to many queries, in their order, by one statement. */
export async function findLive(db: Connection, queries: readonly LiveQuery[]): Promise<readonly LiveAnswer[]> {
  const rows = await (queries.every(({ accessToken }) => accessToken === null) ? actorRows : liveRows)(db, queries);
  return rows.map(({ liveClient, permissions, ...actor }) => ({
    actor: isActor(actor) ? actor : null,
    permissions: liveClient === null ? null : permissionsOf(permissions),
  }));
}

/** Most requests ask for their actor alone, and the database takes twice as long to plan the statement for both. */
async function actorRows(db: Connection, queries: readonly LiveQuery[]): Promise<readonly LiveRow[]> {
  const { rows } = await sql<LiveRow>`
    select ${ACTOR}, null as live_client, null as permissions
    from unnest(${queries.map(({ actorToken }) => hexOf(actorToken))}::text[]) with ordinality as asked(actor_token, number)
    left join lateral ${ACTOR_OF_TOKEN} as actors on true
    order by asked.number`.execute(db);
  return rows;
}

async function liveRows(db: Connection, queries: readonly LiveQuery[]): Promise<readonly LiveRow[]> {
  const actorTokens = queries.map(({ actorToken }) => hexOf(actorToken));
  const keys = queries.map(({ accessToken }) => accessToken);
  const { rows } = await sql<LiveRow>`
    select ${ACTOR},
      clients.id as live_client, ${PERMISSIONS_TEXT} as permissions
    from unnest(${actorTokens}::text[], ${keys.map((key) => key?.jti ?? null)}::text[],
      ${keys.map((key) => key?.client ?? null)}::text[], ${keys.map((key) => key?.revision ?? null)}::int[])
      with ordinality as asked(actor_token, jti, client, revision, number)
    left join lateral ${ACTOR_OF_TOKEN} as actors on true
    left join clients on clients.id = asked.client and clients.deleted_time is null and not ${TOKEN_ENDED}
    left join grants on grants.client = clients.id
    order by asked.number`.execute(db);
  return rows;
}

/** The actor of a token: its own, or one that ends before it. */
const ACTOR_OF_TOKEN = sql`(
  select ${sql.join(ACTOR_COLUMNS.map((column) => sql.ref(column)))} from actors
  where token_hash = decode(asked.actor_token, 'hex')
  union all
  select ${sql.join(
    ACTOR_COLUMNS.map((column) =>
      column === "expiresTime" ? sql`least(one.expires_time, actor_tokens.expires_time)` : sql.ref(`one.${column}`),
    ),
  )} from actor_tokens join actors as one on one.id = actor_tokens.actor
  where actor_tokens.token_hash = decode(asked.actor_token, 'hex')
)`;

const ACTOR = sql.join(ACTOR_COLUMNS.map((column) => sql.ref(`actors.${column}`)));

type LiveRow = { readonly [Column in keyof ActorRow]: ActorRow[Column] | null } & {
  readonly liveClient: string | null;
  readonly permissions: string | null;
};

/** The columns of an actor that was not found are all null. */
function isActor(row: Omit<LiveRow, "liveClient" | "permissions">): row is ActorRow {
  return row.id !== null;
}

export function hexOf(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes).toString("hex");
}

/** The permissions in a text; none without a grant. */
export function permissionsOf(text: string | null): readonly string[] {
  return text === null || text === "" ? [] : text.split(" ");
}

/** Remembers that a token was revoked; false when it was before. */
export async function insertRevokedToken(db: Connection, token: Insertable<RevokedTokenTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("revokedTokens")
    .values(token)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}
