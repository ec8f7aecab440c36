import { PERMISSION_IDS } from "xtremepush-access/catalog";
import { mayGrant, type Trust } from "xtremepush-access/schemas";
import { quoted, word } from "xtremepush-access/text";
import { makeIdentifier } from "../credentials/identifiers";
import { hashSecret, makeSecret } from "../credentials/secrets";
import { type Connection, inTransaction, lockFor } from "../database/transaction";
import { ProblemError } from "../failures/problems";
import {
  type ActorRow,
  countLiveAdmins,
  findActor,
  findNameHolder,
  hasOwnToken,
  insertActor,
  lockActorToken,
  replaceActorToken,
  revokeActor,
} from "../store/actors";
import { insertAudit } from "../store/audit";
import { endActorTokens, insertActorToken, insertTrustRule, lockIssuer, shortenActorTokens } from "../store/trust";
import { assertWithinCeiling } from "./ceiling";
import { auditOf, type Change } from "./change";
import { issuerNotFound } from "./issuers";

/** A new actor; the caller creates the token, hands it out, and never stores it. */
export interface NewActor {
  readonly name: string;
  readonly role: ActorRow["role"];
  /** Null for an admin. */
  readonly projects: readonly string[] | null;
  /** Binds an editor to owners that begin with it; null binds to none. */
  readonly ownerPrefix: string | null;
  /** Null for none. */
  readonly ceiling: readonly string[] | null;
  readonly expiresTime: Date | null;
  readonly token: string;
}

/**
 * Creates an actor; a name is never used again, so that the audit trail stays clear.
 *
 * @throws ProblemError `above_ceiling` or `forbidden` when it could do more, or longer, than the actor that makes it.
 */
export function createActor(change: Change, wanted: NewActor): Promise<ActorRow> {
  assertWithin(change, wanted);
  return inTransaction(change.database.db, (transaction) => addActor(change, transaction, wanted));
}

/**
 * Creates an actor that gets a token for each ID token that it trusts, and has no other.
 *
 * @throws ProblemError as `createActor`, and `issuer_not_found`.
 */
export async function createTrustedActor(
  change: Change,
  wanted: Omit<NewActor, "token">,
  trust: Trust,
): Promise<ActorRow> {
  assertWithin(change, wanted);
  return inTransaction(change.database.db, async (transaction) => {
    if ((await lockIssuer(transaction, trust.issuer)) === null) throw issuerNotFound(trust.issuer);
    // The column is never empty, and nobody knows this token.
    const actor = await addActor(change, transaction, { ...wanted, token: makeSecret("xpat"), trust });
    const { issuer, claims, lifetimeSeconds } = trust;
    await insertTrustRule(transaction, { actor: actor.id, issuer, claims: JSON.stringify(claims), lifetimeSeconds });
    return actor;
  });
}

/** The new token of an actor, and how long the one of before works on. */
export interface NewToken {
  readonly token: string;
  readonly overlapMs: number;
  /** Undefined keeps the end. */
  readonly expiresTime: Date | undefined;
}

/**
 * Replaces the token of an actor.
 *
 * @throws ProblemError `actor_not_found`; `forbidden` for an actor without a token of its own, and as `createActor`.
 */
export function rotateActorToken(change: Change, id: string, wanted: NewToken): Promise<ActorRow> {
  return inTransaction(change.database.db, async (transaction) => {
    const actor = await lockActorToken(transaction, id);
    if (actor === null) throw actorNotFound(id);
    if (actor.isTrusted) {
      const why = `the actor ${word(actor.name)} has no token of its own: it gets one for each ID token`;
      throw new ProblemError("forbidden", `${why}; nothing needs to be rotated`);
    }
    const expiresTime = wanted.expiresTime ?? actor.expiresTime;
    assertNotEnded(actor.name, expiresTime, change.time);
    assertWithin(change, { ...actor, expiresTime });
    const overlapEnd = new Date(change.time.getTime() + wanted.overlapMs);
    const isEnded = actor.expiresTime !== null && actor.expiresTime <= change.time;
    if (wanted.overlapMs > 0 && !isEnded) {
      const before = actor.expiresTime;
      await shortenActorTokens(transaction, id, overlapEnd);
      await insertActorToken(transaction, {
        tokenHash: actor.tokenHash,
        actor: id,
        createdTime: change.time,
        expiresTime: before !== null && before < overlapEnd ? before : overlapEnd,
      });
    } else await endActorTokens(transaction, id);
    const rotated = await replaceActorToken(transaction, id, { tokenHash: hashSecret(wanted.token), expiresTime });
    const endOf = (end: Date | null) => end?.toISOString() ?? null;
    await insertAudit(
      transaction,
      auditOf(change, {
        action: "actor.rotate",
        ...targetOf(actor),
        before: { expiresTime: endOf(actor.expiresTime) },
        after: { expiresTime: endOf(expiresTime), overlapEnd: wanted.overlapMs > 0 ? endOf(overlapEnd) : null },
      }),
    );
    return rotated;
  });
}

/** A new token of an actor that has ended would be dead. */
function assertNotEnded(name: string, end: Date | null, now: Date): void {
  if (end === null || end > now) return;
  const message = `the actor ${word(name)} ended at ${end.toISOString()}, and so would a new token: give it an end in the future`;
  throw new ProblemError("validation_failed", `expiresTime: ${message}`, {
    errors: [{ field: "expiresTime", message }],
  });
}

function actorNotFound(id: string): ProblemError {
  return new ProblemError("actor_not_found", `there is no live actor ${word(id)}; list them with GET /v1/actors`);
}

async function addActor(
  change: Change,
  transaction: Connection,
  { trust, ...wanted }: NewActor & { readonly trust?: Trust },
): Promise<ActorRow> {
  const { name, role, ownerPrefix, ceiling, expiresTime } = wanted;
  const taken = await findNameHolder(transaction, name);
  if (taken !== null) {
    throw new ProblemError(
      "name_taken",
      `the name ${quoted(name)} is taken by the actor ${taken.id}; names of actors are never used again`,
    );
  }
  const actor = await insertActor(transaction, {
    id: makeIdentifier("xpa"),
    name,
    role,
    projects: wanted.projects === null ? null : [...wanted.projects],
    ownerPrefix,
    ceiling: ceiling === null ? null : [...ceiling],
    tokenHash: hashSecret(wanted.token),
    createdBy: change.actor.name,
    createdTime: change.time,
    expiresTime,
    revokedTime: null,
  });
  await insertAudit(
    transaction,
    auditOf(change, {
      action: "actor.create",
      ...targetOf(actor),
      before: null,
      after: { ...auditedFields(actor), ...(trust !== undefined && { trust }) },
    }),
  );
  return actor;
}

/** An actor cannot give away what it does not have itself. */
function assertWithin(
  change: Change,
  { name, role, ceiling, expiresTime }: Pick<NewActor, "name" | "role" | "ceiling" | "expiresTime">,
): void {
  const { actor } = change;
  if (mayGrant(role)) {
    const caused = ceiling ?? PERMISSION_IDS;
    assertWithinCeiling(change, `the actor ${word(name)} could cause anybody to have`, caused);
    // The ceiling may list all permissions of today, and the catalog grows.
    if (ceiling === null && actor.ceiling !== null) {
      throw new ProblemError(
        "forbidden",
        `the actor ${word(actor.name)} has a ceiling, and an actor that it makes must have one within it: set ceiling`,
      );
    }
  }
  if (actor.expiresTime === null || (expiresTime !== null && expiresTime <= actor.expiresTime)) return;
  throw new ProblemError(
    "forbidden",
    `the token of the actor ${word(actor.name)} ends at ${actor.expiresTime.toISOString()}, and the token of an actor ` +
      "that it makes must end by then: set expiresTime",
  );
}

/** Revokes an actor's token permanently; a second call changes nothing. */
export function endActor(change: Change, id: string): Promise<void> {
  return inTransaction(change.database.db, async (transaction) => {
    await lockFor(transaction, "last-admin");
    const actor = await findActor(transaction, id);
    if (actor === null)
      throw new ProblemError("actor_not_found", `there is no actor ${word(id)}; list them with GET /v1/actors`);
    if (actor.revokedTime !== null) return;
    if (
      isLiveAdmin(actor, change.time) &&
      (await hasOwnToken(transaction, id)) &&
      (await countLiveAdmins(transaction, { time: change.time, like: actor })) === 1
    ) {
      throw new ProblemError(
        "last_admin",
        `${word(actor.name)} is the last admin${without(actor)}; make another one first`,
      );
    }
    const revoked = await revokeActor(transaction, id, change.time);
    if (revoked === null) return;
    await insertAudit(
      transaction,
      auditOf(change, {
        action: "actor.revoke",
        ...targetOf(actor),
        before: { revokedTime: null },
        after: { revokedTime: change.time.toISOString() },
      }),
    );
  });
}

function isLiveAdmin(actor: ActorRow, time: Date): boolean {
  return actor.role === "admin" && (actor.expiresTime === null || actor.expiresTime > time);
}

/** Of admins without a ceiling, one must stay: no other one makes any. */
function without({ ceiling }: ActorRow): string {
  return ceiling === null ? " without a ceiling" : "";
}

function targetOf(actor: ActorRow) {
  return {
    targetType: "actor",
    targetId: actor.id,
    targetName: actor.name,
    project: null,
    client: null,
    managedBy: null,
  };
}

function auditedFields(actor: ActorRow) {
  const { name, role, projects, ownerPrefix, ceiling, expiresTime } = actor;
  const bound = { ...(ownerPrefix !== null && { ownerPrefix }), ...(ceiling !== null && { ceiling }) };
  return { name, role, projects, ...bound, expiresTime: expiresTime?.toISOString() ?? null };
}
