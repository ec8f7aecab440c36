import { type Insertable, type Selectable, sql, type Updateable } from "kysely";
import type { DeliveryTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { BY_CREATION, type Columns, type Part, type Position, type Rows, readRows } from "./pages";

export type DeliveryRow = Selectable<DeliveryTable>;

/** Which delivery of a client is meant. */
export type DeliveryAddress = Pick<DeliveryRow, "client" | "environment" | "destination" | "place" | "settings">;

export async function findDelivery(db: Connection, address: DeliveryAddress): Promise<DeliveryRow | null> {
  const { client, environment, destination, place, settings } = address;
  const query = db.selectFrom("deliveries").selectAll().where("client", "=", client);
  const found = query
    .where("environment", "=", environment)
    .where("destination", "=", destination)
    .where("place", "=", place)
    .where("settings", "=", settings);
  return (await found.executeTakeFirst()) ?? null;
}

/** @param delivery has `names` as JSON. */
export async function insertDelivery(db: Connection, delivery: Insertable<DeliveryTable>): Promise<DeliveryRow> {
  return db.insertInto("deliveries").values(delivery).returningAll().executeTakeFirstOrThrow();
}

/** Writes what was delivered last. @param fields has `names` as JSON. */
export async function updateDelivery(
  db: Connection,
  id: string,
  fields: Pick<Updateable<DeliveryTable>, "secretVersion" | "deliveredBy" | "deliveredTime" | "names">,
): Promise<DeliveryRow> {
  return db.updateTable("deliveries").set(fields).where("id", "=", id).returningAll().executeTakeFirstOrThrow();
}

/** Returns null when the client has no such delivery. */
export async function removeDelivery(db: Connection, client: string, id: string): Promise<DeliveryRow | null> {
  const query = db.deleteFrom("deliveries").where("id", "=", id).where("client", "=", client).returningAll();
  return (await query.executeTakeFirst()) ?? null;
}

/** Lists the deliveries of a client in the order of their first time. */
export function listDeliveries(db: Connection, client: string, part: Part<Position>): Promise<Rows<DeliveryRow>> {
  return readDeliveries(db, selectDeliveries(db).where("client", "=", client), part);
}

/** Lists the deliveries of all clients of a project in the same order. */
export function listProjectDeliveries(
  db: Connection,
  { project, environment }: { readonly project: string; readonly environment: string | undefined },
  part: Part<Position>,
): Promise<Rows<DeliveryRow>> {
  const clients = db.selectFrom("clients").select("clients.id").where("project", "=", project);
  const all = selectDeliveries(db).where("client", "in", clients);
  return readDeliveries(db, environment === undefined ? all : all.where("environment", "=", environment), part);
}

function selectDeliveries(db: Connection) {
  return db.selectFrom("deliveries").selectAll().select(WEIGHT.as("weight")).orderBy("createdTime").orderBy("id");
}

function readDeliveries(
  db: Connection,
  selected: ReturnType<typeof selectDeliveries>,
  part: Part<Position>,
): Promise<Rows<DeliveryRow>> {
  let query = selected;
  const { after } = part;
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("createdTime", "id"), ">", tuple(after.time, after.id)),
    );
  }
  return readRows(db, { rows: (limit: number) => query.limit(limit), columns: LISTED, order: BY_CREATION }, part);
}

const LISTED: Columns<DeliveryRow> = {
  id: "value",
  client: "value",
  environment: "value",
  destination: "value",
  place: "value",
  settings: "value",
  names: "value",
  secretVersion: "value",
  createdTime: "time",
  deliveredBy: "value",
  deliveredTime: "time",
};

/** About how many bytes a delivery has in an answer. */
const WEIGHT = sql<number>`(
  500 + octet_length(environment) + octet_length(destination) + octet_length(place) + octet_length(settings)
    + octet_length(names::text)
)`;
