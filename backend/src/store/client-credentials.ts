import { type Selectable, sql } from "kysely";
import type { CredentialTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { hexOf, PERMISSIONS_TEXT, permissionsOf, TOKEN_ENDED, type TokenKey } from "./access-tokens";

type Nullable<Row> = { readonly [Column in keyof Row]: Row[Column] | null };

/** The client that the token endpoint looks for, and the kind of credential that authenticates it. */
export interface TokenClientQuery {
  readonly client: string;
  readonly kind: CredentialTable["kind"];
  /** The hash of the jti of the assertion that was presented; null when none was. */
  readonly jtiHash: Uint8Array | null;
  readonly now: Date;
  /** The access token that the client shows; null when it shows none. */
  readonly accessToken: TokenKey | null;
}

/** What the token endpoint needs about a client, from one query. */
export interface TokenClient {
  readonly id: string;
  readonly project: string;
  readonly revision: number;
  readonly permissions: readonly string[];
  /** The live secrets, if requested. */
  readonly secrets: readonly ClientSecret[];
  /** The keys that were not removed, if requested, also certificates that are not valid now. */
  readonly publicKeys: readonly ClientPublicKey[];
  /** Whether the presented assertion was used before. */
  readonly assertionUsed: boolean;
  /** Whether the shown access token, if it is the client's, counts no more. */
  readonly tokenEnded: boolean;
}

/** The fields of every credential. */
export interface ClientCredential {
  readonly id: string;
  readonly firstUsedTime: Date | null;
}

export interface ClientSecret extends ClientCredential {
  readonly hash: Uint8Array;
}

export interface ClientPublicKey extends ClientCredential {
  readonly label: string;
  readonly pem: string;
  readonly algorithms: readonly string[];
  readonly fingerprint: string;
  readonly notBefore: Date | null;
  readonly notAfter: Date | null;
}

/** One use of a secret or a key. */
export interface CredentialUse {
  readonly credential: string;
  readonly client: string;
  readonly time: Date;
}

/**
 * Finds clients with their live credentials by one statement, in the order of the queries; null for one that is unknown or
 * deleted. The statement asks every table for the ID itself and always returns a row for each query, so an unknown client
 * costs the database as much as a known one.
 */
export async function findTokenClients(
  connection: Connection,
  queries: readonly TokenClientQuery[],
): Promise<readonly (TokenClient | null)[]> {
  const rowsOf: TokenClientRow[][] = queries.map(() => []);
  for (const row of await tokenClientRows(connection, queries)) rowsOf[row.number - 1]?.push(row);
  return queries.map(({ client }, index) => tokenClientOf(client, rowsOf[index] ?? []));
}

function tokenClientOf(id: string, rows: readonly TokenClientRow[]): TokenClient | null {
  const [row] = rows;
  if (row === undefined || row.project === null || row.revision === null) return null;
  return {
    id,
    project: row.project,
    revision: row.revision,
    permissions: permissionsOf(row.permissions),
    secrets: rows.flatMap(secretOf),
    publicKeys: rows.flatMap(publicKeyOf),
    assertionUsed: row.assertionEnd !== null,
    tokenEnded: row.tokenEnded,
  };
}

interface TokenClientRow extends Nullable<Pick<Selectable<CredentialTable>, CredentialColumn>> {
  /** Which query it answers, from 1. */
  readonly number: number;
  readonly project: string | null;
  readonly revision: number | null;
  readonly permissions: string | null;
  readonly assertionEnd: Date | null;
  readonly tokenEnded: boolean;
}

type CredentialColumn =
  | "id"
  | "secretHash"
  | "label"
  | "pem"
  | "algorithms"
  | "fingerprint"
  | "notBefore"
  | "notAfter"
  | "firstUsedTime";

// Each token needs it, and Kysely's builder takes ten times as long to write this text as the template does.
async function tokenClientRows(
  connection: Connection,
  queries: readonly TokenClientQuery[],
): Promise<readonly TokenClientRow[]> {
  const keys = queries.map(({ accessToken }) => accessToken);
  const { rows } = await sql<TokenClientRow>`
    select asked.number::int as number, clients.project, clients.revision, ${PERMISSIONS_TEXT} as permissions,
      assertions.expires_time as assertion_end, ${TOKEN_ENDED} as token_ended,
      credentials.id, credentials.secret_hash, credentials.label, credentials.pem, credentials.algorithms,
      credentials.fingerprint, credentials.not_before, credentials.not_after, credentials.first_used_time
    from unnest(${queries.map(({ client }) => client)}::text[], ${queries.map(({ kind }) => kind)}::text[],
      ${queries.map(({ jtiHash }) => hexOf(jtiHash))}::text[], ${queries.map(({ now }) => now.toISOString())}::timestamptz[],
      ${keys.map((key) => key?.jti ?? null)}::text[], ${keys.map((key) => key?.revision ?? null)}::int[])
      with ordinality as asked(client, kind, jti_hash, time, jti, revision, number)
    left join clients on clients.id = asked.client and clients.deleted_time is null
    left join grants on grants.client = asked.client
    left join assertions on assertions.client = asked.client and assertions.jti_hash = decode(asked.jti_hash, 'hex')
    left join credentials on credentials.client = asked.client and credentials.kind = asked.kind
      and credentials.revoked_time is null
      and (credentials.expires_time is null or credentials.expires_time > asked.time)
    order by asked.number`.execute(connection);
  return rows;
}

function secretOf({ id, secretHash, firstUsedTime }: TokenClientRow): ClientSecret[] {
  return id === null || secretHash === null ? [] : [{ id, hash: secretHash, firstUsedTime }];
}

function publicKeyOf(row: TokenClientRow): ClientPublicKey[] {
  const { id, label, pem, algorithms, fingerprint, notBefore, notAfter, firstUsedTime } = row;
  if (id === null || label === null || pem === null || algorithms === null || fingerprint === null) return [];
  return [{ id, label, pem, algorithms, fingerprint, notBefore, notAfter, firstUsedTime }];
}

/**
 * Writes the first use of a credential; false when it was revoked in the meantime. It locks the client's row first, as the
 * take-over of an interrupted create does, so that one of the two waits for the other.
 */
export async function recordFirstUse(
  transaction: Connection,
  { credential, client, time }: CredentialUse,
): Promise<boolean> {
  await transaction.selectFrom("clients").select("id").where("id", "=", client).forNoKeyUpdate().execute();
  const { numUpdatedRows } = await transaction
    .updateTable("credentials")
    .set({
      firstUsedTime: sql`coalesce(first_used_time, ${time})`,
      lastUsedTime: sql`greatest(last_used_time, ${time})`,
    })
    .where("id", "=", credential)
    .where("revokedTime", "is", null)
    .executeTakeFirst();
  if (numUpdatedRows !== 1n) return false;
  await transaction
    .updateTable("clients")
    .set({ lastUsedTime: sql`greatest(last_used_time, ${time})` })
    .where("id", "=", client)
    .execute();
  return true;
}

/**
 * Writes the latest uses of many credentials in two statements; a later time of another replica stays. It locks clients before
 * credentials, and each in order, so that two replicas never wait for each other.
 */
export async function recordUses(transaction: Connection, uses: readonly CredentialUse[]): Promise<void> {
  const times = uses.map(({ time }) => time.toISOString());
  const clients = uses.map(({ client }) => client);
  const credentials = uses.map(({ credential }) => credential);
  await sql`with used as (
      select id, max(time) as time from unnest(${clients}::text[], ${times}::timestamptz[]) as used(id, time) group by id
    ), locked as materialized (
      select id from clients where id = any(${clients}::text[]) order by id for no key update
    )
    update clients set last_used_time = greatest(last_used_time, used.time)
    from used join locked using (id) where clients.id = used.id`.execute(transaction);
  await sql`with used as (
      select id, time from unnest(${credentials}::text[], ${times}::timestamptz[]) as used(id, time)
    ), locked as materialized (
      select id from credentials where id = any(${credentials}::text[]) order by id for no key update
    )
    update credentials set last_used_time = greatest(last_used_time, used.time)
    from used join locked using (id) where credentials.id = used.id`.execute(transaction);
}
