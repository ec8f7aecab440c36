import { type Expression, type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { CredentialTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type CredentialRow = Selectable<CredentialTable>;

/** What readers see of a live secret. Times are milliseconds since 1970. */
export interface LiveSecret {
  readonly version: number;
  readonly createdTime: number;
  readonly firstUsedTime: number | null;
  readonly lastUsedTime: number | null;
  readonly supersededTime: number | null;
  readonly expiresTime: number | null;
}

/** What readers see of a public key that was not removed. Times are milliseconds since 1970. */
export interface LiveKey {
  readonly label: string;
  readonly pem: string;
  readonly type: string;
  readonly algorithms: readonly string[];
  readonly fingerprint: string;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
}

/** The credentials of a client that work: its secrets, oldest first, and its public keys by label. */
export interface LiveCredentials {
  readonly secrets: readonly LiveSecret[];
  readonly publicKeys: readonly LiveKey[];
  /** The highest version among all secrets of the client, also ended ones; 0 without any. */
  readonly highestVersion: number;
}

type Milliseconds = number | null;
type SecretTuple = readonly [
  ...[kind: "secret", version: number, created: number, used: Milliseconds, last: Milliseconds],
  ...[superseded: Milliseconds, end: Milliseconds],
];
type KeyTuple = readonly [
  ...[kind: "public-key", label: string, pem: string, type: string, algorithms: string[], fingerprint: string],
  ...[notBefore: Milliseconds, notAfter: Milliseconds],
];
/** The credentials of one client as the database packs them: the highest version, and the live ones. */
export type PackedCredentials = readonly [
  highestVersion: number | null,
  live: readonly (SecretTuple | KeyTuple)[] | null,
];

/**
 * The live credentials of a client as one column, so that a page of clients is one query and one point in time.
 *
 * They are lists of values, because names for each value take as long as the clients themselves. Times are numbers, because
 * the year 9999 of a certificate without an end is, as text, the year 10000 east of Greenwich.
 */
export function packedCredentials(client: Expression<string>, now: Date) {
  const time = (column: string) => sql`(extract(epoch from credentials.${sql.ref(column)}) * 1000)::bigint`;
  // A secret that no other has superseded has the highest version: most clients need no second look into the table.
  const current = sql`max(version) filter (where kind = 'secret' and superseded_time is null)`;
  const highest = sql`(select max(version) from credentials as ever where ever.client = ${client} and kind = 'secret')`;
  return sql<PackedCredentials>`(
    select json_build_array(
      coalesce(${current}, ${highest}),
      json_agg(case when kind = 'secret'
        then json_build_array(kind, version, ${time("createdTime")}, ${time("firstUsedTime")}, ${time("lastUsedTime")},
          ${time("supersededTime")}, ${time("expiresTime")})
        else json_build_array(kind, label, pem, key_type, algorithms, fingerprint, ${time("notBefore")}, ${time("notAfter")})
      end)
    )
    from credentials
    where credentials.client = ${client} and revoked_time is null and (expires_time is null or expires_time > ${now})
  )`;
}

/** Reads the result of `packedCredentials`. */
export function unpackCredentials([highestVersion, live]: PackedCredentials): LiveCredentials {
  const secrets: LiveSecret[] = [];
  const publicKeys: LiveKey[] = [];
  for (const tuple of live ?? []) {
    if (tuple[0] === "secret") {
      const [, version, createdTime, firstUsedTime, lastUsedTime, supersededTime, expiresTime] = tuple;
      secrets.push({ version, createdTime, firstUsedTime, lastUsedTime, supersededTime, expiresTime });
    } else {
      const [, label, pem, type, algorithms, fingerprint, notBefore, notAfter] = tuple;
      publicKeys.push({ label, pem, type, algorithms, fingerprint, notBefore, notAfter });
    }
  }
  secrets.sort((one, other) => one.version - other.version);
  publicKeys.sort((one, other) => (one.label < other.label ? -1 : 1));
  return { secrets, publicKeys, highestVersion: highestVersion ?? 0 };
}

export async function findLiveCredentials(db: Connection, client: string, now: Date): Promise<LiveCredentials> {
  const query = db.selectNoFrom(packedCredentials(sql.val(client), now).as("packed"));
  return unpackCredentials((await query.executeTakeFirstOrThrow()).packed);
}

export async function insertCredential(db: Connection, credential: Insertable<CredentialTable>): Promise<void> {
  await db.insertInto("credentials").values(credential).execute();
}

/** Locks the client's credentials that were not revoked: a first use is either visible or waits. */
export async function lockLiveCredentials(db: Connection, client: string): Promise<CredentialRow[]> {
  return db
    .selectFrom("credentials")
    .selectAll()
    .where("client", "=", client)
    .where("revokedTime", "is", null)
    .orderBy("version")
    .orderBy("label")
    .forUpdate()
    .execute();
}

/** Finds the highest version among all secrets of the client, also ended ones, and a version if one of them has it. */
export async function findUsedVersions(db: Connection, client: string, version: number): Promise<number[]> {
  const { rows } = await sql<{ readonly version: number | null }>`
    select max(version) as version from credentials where client = ${client} and kind = 'secret'
    union
    select version from credentials where client = ${client} and kind = 'secret' and version = ${version}`.execute(db);
  return rows.flatMap((row) => row.version ?? []);
}

/** Writes changed fields; the caller must hold the client's lock. */
export async function updateCredential(db: Connection, id: string, fields: Updateable<CredentialTable>): Promise<void> {
  await db.updateTable("credentials").set(fields).where("id", "=", id).execute();
}

/** Revokes every credential of a client, or those of one kind. */
export async function revokeCredentials(
  db: Connection,
  which: { readonly client: string; readonly kind?: CredentialRow["kind"] },
  time: Date,
): Promise<void> {
  let query = db
    .updateTable("credentials")
    .set({ revokedTime: time })
    .where("client", "=", which.client)
    .where("revokedTime", "is", null);
  if (which.kind !== undefined) query = query.where("kind", "=", which.kind);
  await query.execute();
}
