import { type Insertable, type Selectable, sql } from "kysely";
import type { Trust } from "xtremepush-access/schemas";
import type { ActorTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { BY_CREATION, type Columns, type Part, type Position, type Rows, readRows } from "./pages";

/** The columns of an actor that are read: all but the hash of its token. */
export const ACTOR_COLUMNS = [
  "id",
  "name",
  "role",
  "projects",
  "ownerPrefix",
  "ceiling",
  "createdBy",
  "createdTime",
  "expiresTime",
  "revokedTime",
] as const satisfies readonly (keyof ActorTable)[];

/** An actor as it is stored, without the hash of its token. */
export type ActorRow = Pick<Selectable<ActorTable>, (typeof ACTOR_COLUMNS)[number]>;

export async function findActorByToken(db: Connection, tokenHash: Uint8Array): Promise<ActorRow | null> {
  const row = await db.selectFrom("actors").select(ACTOR_COLUMNS).where("tokenHash", "=", tokenHash).executeTakeFirst();
  return row ?? null;
}

export async function findActor(db: Connection, id: string): Promise<ActorRow | null> {
  return (await db.selectFrom("actors").select(ACTOR_COLUMNS).where("id", "=", id).executeTakeFirst()) ?? null;
}

export async function findActorByName(db: Connection, name: string): Promise<ActorRow | null> {
  return (await db.selectFrom("actors").select(ACTOR_COLUMNS).where("name", "=", name).executeTakeFirst()) ?? null;
}

/** Finds who has or had a name: a name stays that of its actor, also when that is removed. */
export async function findNameHolder(db: Connection, name: string): Promise<{ readonly id: string } | null> {
  const actor = await findActorByName(db, name);
  return actor ?? (await db.selectFrom("pastActors").select("id").where("name", "=", name).executeTakeFirst()) ?? null;
}

/** An actor of the listing. */
export interface ListedActor extends ActorRow {
  /** Whose ID tokens it trusts; null for one that has a token of its own. */
  readonly trust: Trust | null;
}

/** Lists actors in the order of creation, also revoked ones that were not removed yet. */
export async function listActors(db: Connection, part: Part<Position>): Promise<Rows<ListedActor>> {
  let query = db
    .selectFrom("actors")
    .select(ACTOR_COLUMNS)
    .select(TRUST.as("trust"))
    .select(WEIGHT.as("weight"))
    .orderBy("createdTime")
    .orderBy("id");
  const { after } = part;
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple("createdTime", "id"), ">", tuple(after.time, after.id)),
    );
  }
  return readRows(db, { rows: (limit: number) => query.limit(limit), columns: LISTED, order: BY_CREATION }, part);
}

const TRUST = sql<Trust | null>`(
  select json_build_object('issuer', issuer, 'claims', claims, 'lifetimeSeconds', lifetime_seconds)
  from trust_rules where trust_rules.actor = actors.id
)`;

const LISTED: Columns<ListedActor> = {
  id: "value",
  name: "value",
  role: "value",
  projects: "value",
  ownerPrefix: "value",
  ceiling: "value",
  createdBy: "value",
  createdTime: "time",
  expiresTime: "time",
  revokedTime: "time",
  trust: "value",
};

/** About how many bytes an actor has in an answer; a slug has at most 63. */
const WEIGHT = sql<number>`(
  500 + octet_length(name) + coalesce(octet_length(owner_prefix), 0) + 66 * coalesce(cardinality(projects), 0)
  + 30 * coalesce(cardinality(ceiling), 0)
  + coalesce((select octet_length(claims::text) from trust_rules where trust_rules.actor = actors.id), 0)
)`;

export async function insertActor(db: Connection, actor: Insertable<ActorTable>): Promise<ActorRow> {
  return db.insertInto("actors").values(actor).returning(ACTOR_COLUMNS).executeTakeFirstOrThrow();
}

/** Returns null when the actor does not exist or was revoked before. */
export async function revokeActor(db: Connection, id: string, time: Date): Promise<ActorRow | null> {
  const row = await db
    .updateTable("actors")
    .set({ revokedTime: time })
    .where("id", "=", id)
    .where("revokedTime", "is", null)
    .returning(ACTOR_COLUMNS)
    .executeTakeFirst();
  return row ?? null;
}

/** Locks a live actor and reads the hash of its own token; null when there is none. */
export async function lockActorToken(
  db: Connection,
  id: string,
): Promise<(ActorRow & { readonly tokenHash: Uint8Array; readonly isTrusted: boolean }) | null> {
  const query = db
    .selectFrom("actors")
    .select([...ACTOR_COLUMNS, "tokenHash"])
    .select(sql<boolean>`exists (select from trust_rules where trust_rules.actor = actors.id)`.as("isTrusted"))
    .where("id", "=", id)
    .where("revokedTime", "is", null)
    .forUpdate();
  return (await query.executeTakeFirst()) ?? null;
}

/** Replaces the own token of an actor, and its end. */
export async function replaceActorToken(
  db: Connection,
  id: string,
  wanted: Pick<Insertable<ActorTable>, "tokenHash" | "expiresTime">,
): Promise<ActorRow> {
  return db.updateTable("actors").set(wanted).where("id", "=", id).returning(ACTOR_COLUMNS).executeTakeFirstOrThrow();
}

/** An actor that only trusts ID tokens is out of reach when their issuer is. */
const HAS_OWN_TOKEN = sql<boolean>`not exists (select from trust_rules where trust_rules.actor = actors.id)`;

/** Whether an actor has a token of its own. */
export async function hasOwnToken(db: Connection, id: string): Promise<boolean> {
  const row = await db.selectFrom("actors").select("id").where("id", "=", id).where(HAS_OWN_TOKEN).executeTakeFirst();
  return row !== undefined;
}

/** Counts the admins whose own tokens work at a time; like one without a ceiling, only those without. */
export async function countLiveAdmins(
  db: Connection,
  { time, like }: { readonly time: Date; readonly like: Pick<ActorRow, "ceiling"> },
): Promise<number> {
  let query = db
    .selectFrom("actors")
    .select(({ fn }) => fn.countAll<string | number>().as("count"))
    .where("role", "=", "admin")
    .where("revokedTime", "is", null)
    .where(HAS_OWN_TOKEN)
    .where(({ or, eb }) => or([eb("expiresTime", "is", null), eb("expiresTime", ">", time)]));
  if (like.ceiling === null) query = query.where("ceiling", "is", null);
  return Number((await query.executeTakeFirstOrThrow()).count);
}
