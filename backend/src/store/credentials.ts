import { type Expression, type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { CredentialTable } from "../database/schema";
import type { Connection } from "../database/transaction";

export type CredentialRow = Selectable<CredentialTable>;

/** What readers see of a live credential; never the hash. Times are milliseconds since 1970. */
export interface ShownCredential {
  readonly kind: CredentialRow["kind"];
  readonly version: number;
  readonly label: string | null;
  readonly pem: string | null;
  readonly keyType: string | null;
  readonly algorithms: readonly string[] | null;
  readonly fingerprint: string | null;
  readonly notBefore: number | null;
  readonly notAfter: number | null;
  readonly createdTime: number;
  readonly firstUsedTime: number | null;
  readonly lastUsedTime: number | null;
  readonly expiresTime: number | null;
}

/**
 * The live credentials of a client as one column, so that a page of clients is one query and one point in time: its
 * secrets from the oldest on, and all public keys that were not taken away.
 */
// Times as numbers: as text the year 9999 of certificates without an end turns into 10000 east of Greenwich.
export function shownCredentials(client: Expression<string>, now: Date) {
  const time = (column: string) => sql`(extract(epoch from ${sql.ref(column)}) * 1000)::bigint`;
  return sql<ShownCredential[]>`(
    select coalesce(json_agg(json_build_object(
      'kind', kind, 'version', version, 'label', label, 'pem', pem, 'keyType', key_type, 'algorithms', algorithms,
      'fingerprint', fingerprint, 'notBefore', ${time("notBefore")}, 'notAfter', ${time("notAfter")},
      'createdTime', ${time("credentials.createdTime")}, 'firstUsedTime', ${time("firstUsedTime")},
      'lastUsedTime', ${time("credentials.lastUsedTime")}, 'expiresTime', ${time("expiresTime")}
    ) order by version, label), '[]'::json)
    from credentials
    where credentials.client = ${client} and revoked_time is null and (expires_time is null or expires_time > ${now})
  )`;
}

export async function listShownCredentials(db: Connection, client: string, now: Date): Promise<ShownCredential[]> {
  const query = db.selectNoFrom(shownCredentials(sql.val(client), now).as("credentials"));
  return (await query.executeTakeFirstOrThrow()).credentials;
}

export async function insertCredential(db: Connection, credential: Insertable<CredentialTable>): Promise<void> {
  await db.insertInto("credentials").values(credential).execute();
}

/** Locks the client's credentials that were not revoked, so that a first use is seen or waits. */
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

/** Every version that a secret of the client ever had. */
export async function listSecretVersions(db: Connection, client: string): Promise<number[]> {
  const rows = await db
    .selectFrom("credentials")
    .select("version")
    .where("client", "=", client)
    .where("kind", "=", "secret")
    .execute();
  return rows.map(({ version }) => version);
}

/** Writes changed fields; the caller holds the lock of the client. */
export async function updateCredential(db: Connection, id: string, fields: Updateable<CredentialTable>): Promise<void> {
  await db.updateTable("credentials").set(fields).where("id", "=", id).execute();
}

/** Ends every credential of a client, or those of one kind. */
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
