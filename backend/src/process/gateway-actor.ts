import type { Kysely } from "kysely";
import { makeIdentifier } from "../credentials/identifiers";
import { hashSecret, makeSecret } from "../credentials/secrets";
import type { Schema } from "../database/schema";
import { type Connection, inTransaction } from "../database/transaction";
import { type ActorRow, findActorByName, findNameHolder, insertActor, replaceActorToken } from "../store/actors";
import { insertAudit, isSelfMade } from "../store/audit";

/** What the actors of these gateways are called, and who makes them. */
const NAME = "start --gateway";

/** The actor that a gateway of this start reads access with. */
export interface GatewayActor {
  /** Only in the memory of both processes. */
  readonly token: string;
  /** Ends the token. */
  end(): Promise<void>;
}

/**
 * Gives the actor of `start --gateway` a new token, and makes the actor when there is none. What a token of a start that was
 * killed could do is over, too. One process has an embedded database, so no other start gets in between.
 */
export async function makeGatewayActor(db: Kysely<Schema>, clock: () => Date): Promise<GatewayActor> {
  const token = makeSecret("xpat");
  const actor = await inTransaction(db, async (transaction) => {
    const found = await findReusable(transaction);
    if (typeof found !== "string") return replaceToken(transaction, found, { token, now: clock(), expiresTime: null });
    return makeActor(transaction, { name: found, token, now: clock() });
  });
  const end = () =>
    inTransaction(db, async (transaction) => {
      const now = clock();
      await replaceToken(transaction, actor, { token: makeSecret("xpat"), now, expiresTime: now });
    });
  return { token, end };
}

/** The actor of an earlier start; a name that is free, when there is none or somebody has revoked it. */
async function findReusable(db: Connection): Promise<ActorRow | string> {
  for (let number = 1; ; number += 1) {
    const name = number === 1 ? NAME : `${NAME} ${number}`;
    const actor = await findActorByName(db, name);
    // A person can have given the name to any actor, also to the one that made this one.
    if (actor?.revokedTime === null && actor.role === "gateway" && (await isSelfMade(db, actor.id))) return actor;
    if (actor === null && (await findNameHolder(db, name)) === null) return name;
  }
}

interface Given {
  readonly token: string;
  readonly now: Date;
}

async function makeActor(db: Connection, { name, token, now }: Given & { readonly name: string }): Promise<ActorRow> {
  const bounds = { role: "gateway" as const, projects: null, expiresTime: null };
  const actor = await insertActor(db, {
    ...bounds,
    id: makeIdentifier("xpa"),
    name,
    tokenHash: hashSecret(token),
    createdBy: NAME,
    createdTime: now,
    revokedTime: null,
  });
  await audit(db, actor, { action: "actor.create", now, before: null, after: { name, ...bounds } });
  return actor;
}

async function replaceToken(
  db: Connection,
  actor: ActorRow,
  { token, now, expiresTime }: Given & { readonly expiresTime: Date | null },
): Promise<ActorRow> {
  const after = { expiresTime: expiresTime?.toISOString() ?? null, overlapEnd: null };
  const before = { expiresTime: actor.expiresTime?.toISOString() ?? null };
  await audit(db, actor, { action: "actor.rotate", now, before, after });
  return replaceActorToken(db, actor.id, { tokenHash: hashSecret(token), expiresTime });
}

interface Audited {
  readonly action: "actor.create" | "actor.rotate";
  readonly now: Date;
  readonly before: Readonly<Record<string, unknown>> | null;
  readonly after: Readonly<Record<string, unknown>>;
}

async function audit(db: Connection, { id, name }: ActorRow, { now, ...change }: Audited): Promise<void> {
  await insertAudit(db, {
    ...change,
    time: now,
    actorId: id,
    actorName: name,
    targetType: "actor",
    targetId: id,
    targetName: name,
    project: null,
    client: null,
    managedBy: null,
    requestId: makeIdentifier("xpr"),
  });
}
