import { type Insertable, type Selectable, sql } from "kysely";
import type { ActorTokenTable, ExchangedTokenTable, IssuerTable, TrustRuleTable } from "../database/schema";
import type { Connection } from "../database/transaction";
import { ACTOR_COLUMNS, type ActorRow } from "./actors";

export type IssuerRow = Selectable<IssuerTable>;

/** An actor and whose ID tokens it trusts. */
export interface TrustedActor extends ActorRow, Omit<Selectable<TrustRuleTable>, "actor"> {}

/** Returns null when an issuer has the name or the URL. */
export async function insertIssuer(db: Connection, issuer: Insertable<IssuerTable>): Promise<IssuerRow | null> {
  const query = db
    .insertInto("issuers")
    .values(issuer)
    .onConflict((conflict) => conflict.doNothing())
    .returningAll();
  return (await query.executeTakeFirst()) ?? null;
}

export async function listIssuers(db: Connection): Promise<readonly IssuerRow[]> {
  return db.selectFrom("issuers").selectAll().orderBy("name").execute();
}

export async function findIssuer(db: Connection, name: string): Promise<IssuerRow | null> {
  return (await db.selectFrom("issuers").selectAll().where("name", "=", name).executeTakeFirst()) ?? null;
}

/** Locks an issuer, so that no actor comes to trust it meanwhile. */
export async function lockIssuer(db: Connection, name: string): Promise<IssuerRow | null> {
  return (await db.selectFrom("issuers").selectAll().where("name", "=", name).forUpdate().executeTakeFirst()) ?? null;
}

export async function findIssuerByUrl(db: Connection, url: string): Promise<IssuerRow | null> {
  return (await db.selectFrom("issuers").selectAll().where("url", "=", url).executeTakeFirst()) ?? null;
}

/** Removes an issuer. The actors that trusted it have ended, and are revoked: without their rule, they could be given a token. */
export async function removeIssuer(db: Connection, name: string, now: Date): Promise<void> {
  await db
    .updateTable("actors")
    .set({ revokedTime: now })
    .where("revokedTime", "is", null)
    .where("id", "in", db.selectFrom("trustRules").select("actor").where("issuer", "=", name))
    .execute();
  await db.deleteFrom("trustRules").where("issuer", "=", name).execute();
  await db.deleteFrom("issuers").where("name", "=", name).execute();
}

export async function insertTrustRule(db: Connection, rule: Insertable<TrustRuleTable>): Promise<void> {
  await db.insertInto("trustRules").values(rule).execute();
}

/** Lists the live actors that trust an issuer, those with the most claims first, and then by name. */
export async function listTrustedActors(
  db: Connection,
  { issuer, now }: { readonly issuer: string; readonly now: Date },
): Promise<readonly TrustedActor[]> {
  return db
    .selectFrom("trustRules")
    .innerJoin("actors", "actors.id", "trustRules.actor")
    .select(ACTOR_COLUMNS.map((column) => `actors.${column}` as const))
    .select(["trustRules.issuer", "trustRules.claims", "trustRules.lifetimeSeconds"])
    .where("trustRules.issuer", "=", issuer)
    .where("actors.revokedTime", "is", null)
    .where(({ or, eb }) => or([eb("actors.expiresTime", "is", null), eb("actors.expiresTime", ">", now)]))
    .orderBy(sql`(select count(*) from jsonb_object_keys(trust_rules.claims))`, "desc")
    .orderBy("actors.name")
    .execute();
}

/** Remembers that an ID token was exchanged; false when it was before. */
export async function insertExchangedToken(db: Connection, token: Insertable<ExchangedTokenTable>): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await db
    .insertInto("exchangedTokens")
    .values(token)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows === 1n;
}

export async function insertActorToken(db: Connection, token: Insertable<ActorTokenTable>): Promise<void> {
  await db.insertInto("actorTokens").values(token).execute();
}

/** Lets the tokens of an actor besides its own end no later than that. */
export async function shortenActorTokens(db: Connection, actor: string, end: Date): Promise<void> {
  await db
    .updateTable("actorTokens")
    .set({ expiresTime: end })
    .where("actor", "=", actor)
    .where("expiresTime", ">", end)
    .execute();
}

/** Ends the tokens of an actor besides its own. */
export async function endActorTokens(db: Connection, actor: string): Promise<void> {
  await db.deleteFrom("actorTokens").where("actor", "=", actor).execute();
}
