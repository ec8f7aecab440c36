import { type SqlBool, sql } from "kysely";
import type { Connection } from "../database/transaction";
import { ACTOR_COLUMNS, type ActorRow } from "./actors";
import type { AuditRow } from "./audit";
import type { ClientRow } from "./clients";
import type { CredentialRow } from "./credentials";

/** What works at a time; with `madeUntil`, only what was made by then. */
export interface LiveAt {
  readonly now: Date;
  readonly madeUntil: Date | null;
}

/** A secret or a public key that works, and its client. */
export interface LiveCredential
  extends Pick<CredentialRow, "kind" | "version" | "label" | "createdTime" | "lastUsedTime"> {
  readonly project: string;
  readonly clientId: string;
  readonly clientName: string;
  readonly endTime: Date | null;
}

/** Lists the secrets and the public keys that work, by project and client. */
export async function listLiveCredentials(db: Connection, at: LiveAt): Promise<readonly LiveCredential[]> {
  const { rows } = await sql<LiveCredential>`
    select clients.project, clients.id as client_id, clients.name as client_name, credentials.kind, credentials.version,
      credentials.label, credentials.created_time, credentials.last_used_time,
      coalesce(credentials.expires_time, credentials.not_after) as end_time
    from credentials join clients on clients.id = credentials.client
    where clients.deleted_time is null and ${isLive(at)} and (credentials.not_after is null or credentials.not_after > ${at.now})
    order by clients.project, clients.name, clients.id, credentials.kind desc, credentials.version, credentials.label`.execute(
    db,
  );
  return rows;
}

/** Lists the actors whose tokens work. */
export async function listLiveActors(db: Connection, { now, madeUntil }: LiveAt): Promise<readonly ActorRow[]> {
  let query = db
    .selectFrom("actors")
    .select(ACTOR_COLUMNS)
    .where("revokedTime", "is", null)
    .where(({ or, eb }) => or([eb("expiresTime", "is", null), eb("expiresTime", ">", now)]))
    .orderBy("name");
  if (madeUntil !== null) query = query.where("createdTime", "<=", madeUntil);
  return query.execute();
}

/** Finds the latest change that the database knows. */
export async function findLatestAudit(db: Connection): Promise<AuditRow | null> {
  return (await db.selectFrom("audit").selectAll().orderBy("id", "desc").limit(1).executeTakeFirst()) ?? null;
}

/** Locks some clients with secrets that work, in the order of their IDs; their rows first, as every writer of credentials does. */
export async function lockClientsWithSecrets(
  db: Connection,
  at: LiveAt & { readonly after: string; readonly limit: number },
): Promise<readonly string[]> {
  const { rows } = await sql<{ readonly id: string }>`
    select id from clients
    where id > ${at.after} and deleted_time is null
      and exists (select from credentials where credentials.client = clients.id and kind = 'secret' and ${isLive(at)})
    order by id limit ${at.limit} for no key update`.execute(db);
  return rows.map(({ id }) => id);
}

/** A client whose secrets were ended, and the versions of those. */
export interface EndedClient extends Pick<ClientRow, "id" | "name" | "project" | "managedBy" | "revision"> {
  readonly versions: readonly number[];
}

/** Ends the secrets of clients that the caller has locked, and counts it as a change of each. */
export async function endSecrets(
  db: Connection,
  ids: readonly string[],
  { by, ...at }: LiveAt & { readonly by: string },
): Promise<readonly EndedClient[]> {
  const { rows } = await sql<EndedClient>`
    with ended as (
      update credentials set revoked_time = ${at.now}
      where client = any(${ids}::text[]) and kind = 'secret' and ${isLive(at)}
      returning client, version
    ), versions as (select client, json_agg(version order by version) as versions from ended group by client)
    update clients set revision = revision + 1, updated_by = ${by}, updated_time = ${at.now}
    from versions where clients.id = versions.client
    returning clients.id, clients.name, clients.project, clients.managed_by, clients.revision, versions.versions`.execute(
    db,
  );
  return rows;
}

function isLive({ now, madeUntil }: LiveAt) {
  return sql<SqlBool>`(credentials.revoked_time is null and (credentials.expires_time is null or credentials.expires_time > ${now})
    and (${madeUntil}::timestamptz is null or credentials.created_time <= ${madeUntil}::timestamptz))`;
}
