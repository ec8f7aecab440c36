import {
  type Expression,
  type ExpressionBuilder,
  type Insertable,
  type Selectable,
  type SqlBool,
  sql,
  type Updateable,
} from "kysely";
import { type ClientState, DAY_MS, RESTORE_DAYS } from "xtremepush-access/schemas";
import type { ClientTable, Schema } from "../database/schema";
import type { Connection } from "../database/transaction";
import { type LiveCredentials, type PackedCredentials, packedCredentials, unpackCredentials } from "./credentials";
import type { GrantRow } from "./grants";
import { BY_CREATION, type Columns, type Part, type Position, type Rows, readRows } from "./pages";

export type ClientRow = Selectable<ClientTable>;

/** A client with its live credentials. */
export interface ClientView extends ClientRow {
  readonly credentials: LiveCredentials;
}

/** A client and its grant, which is null if it was never set. */
export interface ClientAndGrant {
  readonly client: ClientRow;
  readonly grant: GrantRow | null;
}

/** A client of a listing. */
export interface ListedClient extends ClientAndGrant {
  readonly client: ClientView;
}

/** Identifies a client. */
export interface ClientKey {
  readonly project: string;
  readonly id: string;
}

/** Which clients a reader sees, and when: it sees a deleted one as long as it can be restored. */
export interface Visibility {
  readonly state: ClientState;
  readonly now: Date;
}

export async function findClient(db: Connection, key: ClientKey, visibility: Visibility): Promise<ClientView | null> {
  const row = await db
    .selectFrom("clients")
    .selectAll()
    .select(packedCredentials(sql.ref("clients.id"), visibility.now).as("packed"))
    .where("project", "=", key.project)
    .where("id", "=", key.id)
    .where(isVisible(visibility))
    .executeTakeFirst();
  return row === undefined ? null : viewOf(row);
}

export async function findClientAndGrant(
  db: Connection,
  key: ClientKey,
  visibility: Visibility,
): Promise<ClientAndGrant | null> {
  const row = await clientsWithGrants(db, key.project, visibility).where("clients.id", "=", key.id).executeTakeFirst();
  return row === undefined ? null : { client: row, grant: grantOf(row) };
}

/** Locks the live client: other changes of it wait until the transaction ends. */
export async function lockClient(db: Connection, key: ClientKey): Promise<ClientRow | null> {
  const query = liveClients(db, key.project).selectAll().where("id", "=", key.id).forNoKeyUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

/** Also finds deleted clients. */
export async function lockClientEver(db: Connection, key: ClientKey): Promise<ClientRow | null> {
  const query = clientsEver(db, key).selectAll().forNoKeyUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

export async function lockClientOfOwner(db: Connection, project: string, managedBy: string): Promise<ClientRow | null> {
  const query = liveClients(db, project).selectAll().where("managedBy", "=", managedBy).forNoKeyUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

export async function findClientByName(db: Connection, project: string, name: string): Promise<ClientRow | null> {
  return (await liveClients(db, project).selectAll().where("name", "=", name).executeTakeFirst()) ?? null;
}

/** Also finds deleted clients, however old. */
export async function findClientEver(db: Connection, key: ClientKey): Promise<ClientRow | null> {
  return (await clientsEver(db, key).selectAll().executeTakeFirst()) ?? null;
}

/** The filters of a listing of clients. */
export interface ClientFilter {
  readonly name?: string | undefined;
  readonly managedBy?: string | undefined;
  readonly permission?: string | undefined;
}

/** Selects the clients of a listing. */
export interface ClientListing {
  readonly project: string;
  readonly visibility: Visibility;
  readonly filter: ClientFilter;
}

/** Lists clients in the order of creation, each with its grant and its live credentials. */
export async function listClients(
  db: Connection,
  where: ClientListing,
  part: Part<Position>,
): Promise<Rows<ListedClient>> {
  const { state, now } = where.visibility;
  const inState = (one: "live" | "deleted") =>
    selectInState(db, { ...where, visibility: { state: one, now } }, part.after);
  const rows = state === "any" ? merged(inState("live"), inState("deleted")) : inState(state);
  const packed = packedCredentials(sql.ref("listed.id"), now);
  const listing = { rows, columns: LISTED, order: BY_CREATION, more: { packed } };
  const found = await readRows(db, listing, part);
  return { ...found, rows: found.rows.map((row) => ({ client: viewOf(row), grant: grantOf(row) })) };
}

/** Selects the first rows of a listing. */
type Selection = (limit: number) => Expression<Joined & { readonly weight: number }>;

/** Each state has an index in the order of creation, and both together have none. */
function merged(one: Selection, other: Selection): Selection {
  return (limit) => sql`(
    select * from ${one(limit)} as one union all select * from ${other(limit)} as other
    order by ${BY_CREATION} limit ${limit}
  )`;
}

function selectInState(
  db: Connection,
  { project, visibility, filter }: ClientListing,
  after: Position | null,
): Selection {
  const { name, managedBy, permission } = filter;
  let query = clientsWithGrants(db, project, visibility).select(WEIGHT.as("weight"));
  if (permission !== undefined) query = query.where("grants.permissions", "@>", sql.val([permission]));
  if (permission !== undefined && name === undefined && managedBy === undefined) {
    const listing = sql`listing_of(${project}, ${permission}, ${visibility.state === "deleted"})`;
    const client = query.where("clients.id", "=", sql.ref<string>("held.client")).limit(1);
    // Offset and limit keep PostgreSQL from another order of the work: it would expect too few rows, and read all of them.
    return (limit) => sql`(
      select found.* from (
        select created_time, client from grant_permissions
        where listing = ${listing} and ${isAfter(after, "created_time", "client")}
        order by created_time, client offset 0
      ) as held cross join lateral ${client} as found
      order by held.created_time, held.client limit ${limit}
    )`;
  }
  query = query.where(isAfter(after, "clients.created_time", "clients.id"));
  // Few clients of a project have had one name or one owner.
  if (name !== undefined) query = query.where("clients.name", "=", name);
  if (managedBy !== undefined) query = query.where("clients.managedBy", "=", managedBy);
  return (limit) => query.orderBy("clients.createdTime").orderBy("clients.id").limit(limit);
}

function isAfter(after: Position | null, time: string, id: string) {
  if (after === null) return sql<boolean>`true`;
  return sql<boolean>`(${sql.ref(time)}, ${sql.ref(id)}) > (${after.time}, ${after.id})`;
}

const LISTED: Columns<Joined> = {
  id: "value",
  project: "value",
  name: "value",
  description: "value",
  managedBy: "value",
  secretVersion: "value",
  revision: "value",
  createdBy: "value",
  createdTime: "time",
  updatedBy: "value",
  updatedTime: "time",
  lastUsedTime: "time",
  deletedTime: "time",
  deletedBy: "value",
  restoredRevision: "value",
  madeRevision: "value",
  grantPermissions: "value",
  grantManagedBy: "value",
  grantRevision: "value",
  grantCreatedBy: "value",
  grantCreatedTime: "time",
  grantUpdatedBy: "value",
  grantUpdatedTime: "time",
};

/** About how many bytes a client has in a listing. The database knows the length of a text without reading it. */
const WEIGHT = sql<number>`(
  800 + octet_length(clients.name) + coalesce(octet_length(clients.description), 0)
  + coalesce(octet_length(clients.managed_by), 0) + coalesce(octet_length(grants.managed_by), 0)
  + 30 * coalesce(cardinality(grants.permissions), 0)
  + coalesce((
      select sum(200 + octet_length(pem)) from credentials
      where credentials.client = clients.id and kind = 'public-key' and revoked_time is null
    ), 0)
)::integer`;

export async function insertClient(db: Connection, client: Insertable<ClientTable>): Promise<ClientRow> {
  return db.insertInto("clients").values(client).returningAll().executeTakeFirstOrThrow();
}

/** Writes changed fields; the caller must hold the client's lock. */
export async function updateClient(db: Connection, id: string, fields: Updateable<ClientTable>): Promise<ClientRow> {
  return db.updateTable("clients").set(fields).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

function viewOf<Row extends ClientRow & { readonly packed: PackedCredentials }>(row: Row): ClientView {
  return { ...row, credentials: unpackCredentials(row.packed) };
}

function liveClients(db: Connection, project: string) {
  return db.selectFrom("clients").where("project", "=", project).where("deletedTime", "is", null);
}

function clientsEver(db: Connection, { project, id }: ClientKey) {
  return db.selectFrom("clients").where("project", "=", project).where("id", "=", id);
}

function clientsWithGrants(db: Connection, project: string, visibility: Visibility) {
  return db
    .selectFrom("clients")
    .leftJoin("grants", "grants.client", "clients.id")
    .selectAll("clients")
    .select(GRANT_COLUMNS)
    .where("clients.project", "=", project)
    .where(isVisible(visibility));
}

function isVisible({ state, now }: Visibility) {
  const since = new Date(now.getTime() - RESTORE_DAYS * DAY_MS);
  return (eb: ExpressionBuilder<Pick<Schema, "clients">, "clients">): Expression<SqlBool> => {
    const live = eb("clients.deletedTime", "is", null);
    const deleted = eb("clients.deletedTime", ">", since);
    return { live, deleted, any: eb.or([live, deleted]) }[state];
  };
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

function grantOf(row: Joined): GrantRow | null {
  const { grantPermissions, grantRevision, grantCreatedBy, grantCreatedTime, grantUpdatedBy, grantUpdatedTime } = row;
  // All columns are null when the join found no grant.
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
