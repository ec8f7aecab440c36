import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { ClientTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import type { GrantRow } from "./grants";
import type { Position } from "./position";

export type ClientRow = Selectable<ClientTable>;

/** A client beside its grant, which is null while it was never set. */
export interface ClientAndGrant {
  readonly client: ClientRow;
  readonly grant: GrantRow | null;
}

/** Which live client is meant; a deleted one is never found. */
export interface ClientKey {
  readonly project: string;
  readonly id: string;
}

export async function findClient(db: Connection, key: ClientKey): Promise<ClientRow | null> {
  return (await liveClients(db, key.project).selectAll().where("id", "=", key.id).executeTakeFirst()) ?? null;
}

export async function findClientAndGrant(db: Connection, key: ClientKey): Promise<ClientAndGrant | null> {
  const query = clientsWithGrants(db, key.project).where("clients.id", "=", key.id);
  const row = await query.executeTakeFirst();
  return row === undefined ? null : splitRow(row);
}

/** Keeps other changes of the client waiting until the transaction ends. */
export async function lockClient(db: Connection, key: ClientKey): Promise<ClientRow | null> {
  const query = liveClients(db, key.project).selectAll().where("id", "=", key.id).forNoKeyUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

export async function lockClientOfOwner(db: Connection, project: string, managedBy: string): Promise<ClientRow | null> {
  const query = liveClients(db, project).selectAll().where("managedBy", "=", managedBy).forNoKeyUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

export async function findClientByName(db: Connection, project: string, name: string): Promise<ClientRow | null> {
  return (await liveClients(db, project).selectAll().where("name", "=", name).executeTakeFirst()) ?? null;
}

/** Whether a client with this id ever was in the project, deleted ones included. */
export async function everHadClient(db: Connection, key: ClientKey): Promise<boolean> {
  const row = await db
    .selectFrom("clients")
    .select("id")
    .where("id", "=", key.id)
    .where("project", "=", key.project)
    .executeTakeFirst();
  return row !== undefined;
}

/** What a listing of clients is narrowed to. */
export interface ClientFilter {
  readonly name?: string | undefined;
  readonly managedBy?: string | undefined;
  readonly permission?: string | undefined;
}

/** Live clients in the order of their making, each with its grant. */
export async function listClients(
  db: Connection,
  where: { project: string; filter: ClientFilter },
  page: { limit: number; after: Position | null },
): Promise<ClientAndGrant[]> {
  const { project, filter } = where;
  const { after } = page;
  let query = clientsWithGrants(db, project).orderBy("clients.createdTime").orderBy("clients.id").limit(page.limit);
  if (filter.name !== undefined) query = query.where("clients.name", "=", filter.name);
  if (filter.managedBy !== undefined) query = query.where("clients.managedBy", "=", filter.managedBy);
  if (filter.permission !== undefined) query = query.where("grants.permissions", "@>", sql.val([filter.permission]));
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("clients.createdTime", "clients.id"), ">", tuple(after.time, after.id)),
    );
  }
  return (await query.execute()).map(splitRow);
}

export async function insertClient(db: Connection, client: Insertable<ClientTable>): Promise<ClientRow> {
  return db.insertInto("clients").values(client).returningAll().executeTakeFirstOrThrow();
}

/** Writes changed fields; the caller holds the client's lock. */
export async function updateClient(db: Connection, id: string, fields: Updateable<ClientTable>): Promise<ClientRow> {
  return db.updateTable("clients").set(fields).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

function liveClients(db: Connection, project: string) {
  return db.selectFrom("clients").where("project", "=", project).where("deletedTime", "is", null);
}

function clientsWithGrants(db: Connection, project: string) {
  return db
    .selectFrom("clients")
    .leftJoin("grants", "grants.client", "clients.id")
    .selectAll("clients")
    .select(GRANT_COLUMNS)
    .where("clients.project", "=", project)
    .where("clients.deletedTime", "is", null);
}

const GRANT_COLUMNS = [
  "grants.permissions as grantPermissions",
  "grants.managedBy as grantManagedBy",
  "grants.revision as grantRevision",
  "grants.createdBy as grantCreatedBy",
  "grants.createdTime as grantCreatedTime",
  "grants.updatedBy as grantUpdatedBy",
  "grants.updatedTime as grantUpdatedTime",
] as const;

type Joined = ClientRow & {
  [Column in keyof Omit<GrantRow, "client"> as `grant${Capitalize<Column>}`]: GrantRow[Column] | null;
};

function splitRow(row: Joined): ClientAndGrant {
  return { client: row, grant: grantOf(row) };
}

function grantOf(row: Joined): GrantRow | null {
  const { grantPermissions, grantRevision, grantCreatedBy, grantCreatedTime, grantUpdatedBy, grantUpdatedTime } = row;
  // The columns are null together, where the join found no grant.
  if (grantPermissions === null || grantRevision === null || grantCreatedBy === null) return null;
  if (grantCreatedTime === null || grantUpdatedBy === null || grantUpdatedTime === null) return null;
  return {
    client: row.id,
    permissions: grantPermissions,
    managedBy: row.grantManagedBy,
    revision: grantRevision,
    createdBy: grantCreatedBy,
    createdTime: grantCreatedTime,
    updatedBy: grantUpdatedBy,
    updatedTime: grantUpdatedTime,
  };
}
