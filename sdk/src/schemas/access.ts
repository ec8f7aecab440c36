import { z } from "zod";
import { AnsweredPermission, ProjectSlug, pageQuery, Revision, Time } from "./fields";
import { JsonWebKeySet } from "./oauth";

/** How long a read of changes waits at most, in seconds. */
export const ACCESS_WAIT_MAX = 25;

/** The position of a snapshot or of a change. Send it back as it is: its form is the backend's own. */
export const AccessSequence = z.string();
const AskedSequence = z.string().min(1).max(100);

/** A token that its client has revoked, and when the token would have ended. */
export const RevokedToken = z.looseObject({ jti: z.string(), expires: Time });
export type RevokedToken = z.output<typeof RevokedToken>;

/** What a client may do now. */
export const AccessEntry = z.looseObject({
  clientId: z.string(),
  name: z.string(),
  project: z.string(),
  /** Counts the changes of the client. Those of its grant are not counted. */
  revision: Revision,
  /** The client's tokens with a smaller `xtremepush_revision` are dead: they are of before its last restore. 0 without one. */
  validFromRevision: Revision,
  /** The permissions of its grant: a token gives those that both it and this list have. */
  permissions: z.array(AnsweredPermission),
  deleted: z.literal(false),
});
export type AccessEntry = z.output<typeof AccessEntry>;

/** A client that was deleted: none of its tokens counts any more. */
export const DeletedClient = z.looseObject({
  clientId: z.string(),
  project: z.string(),
  deleted: z.literal(true),
});
export type DeletedClient = z.output<typeof DeletedClient>;

/** Ends one access token before its time. */
export const TokenRevoked = z.looseObject({ revokedToken: RevokedToken });
export type TokenRevoked = z.output<typeof TokenRevoked>;

/** What changed: the client as it is now, or the token. */
export const AccessChange = z.union([TokenRevoked, DeletedClient, AccessEntry]);
export type AccessChange = z.output<typeof AccessChange>;

/** Which part of the snapshot to read; without `project`, that of all projects of the actor. */
export const AccessQuery = z.strictObject({
  ...pageQuery,
  project: ProjectSlug.optional(),
});
export type AccessQuery = Partial<z.input<typeof AccessQuery>>;

/**
 * One page of what clients may do now. Read all pages, then ask for the changes after `sequence`: a page may be read later
 * than that, and a change wins over it.
 */
export const AccessPage = z.looseObject({
  version: z.literal(1),
  backend: z.looseObject({ id: z.string(), epoch: z.number().int() }),
  /** The `iss` of access tokens; their `aud` is this and `/api/external`. */
  issuer: z.string(),
  /** That of the first page, on every page. */
  sequence: AccessSequence,
  clients: z.array(AccessEntry),
  /** The tokens that were revoked and have not ended; they follow the last clients. */
  revokedTokens: z.array(RevokedToken),
  nextCursor: z.string().nullable(),
  /** The keys that verify access tokens now; tokens of any other key are dead. */
  signingKeys: JsonWebKeySet,
});
export type AccessPage = z.output<typeof AccessPage>;

/** After which change, and how many seconds to wait for one; without `project`, the changes of all projects of the actor. */
export const AccessChangesQuery = z.strictObject({
  after: AskedSequence.describe("The sequence of a snapshot or of earlier changes"),
  wait: z.coerce
    .number<number>()
    .int()
    .min(0)
    .max(ACCESS_WAIT_MAX)
    .default(0)
    .describe("How many seconds to wait for a change when there is none yet"),
  project: ProjectSlug.optional(),
});
export type AccessChangesQuery = z.input<typeof AccessChangesQuery>;

/** What changed, in the order in which it took effect; empty when the wait ended without a change. */
export const AccessChanges = z.looseObject({
  /** Ask for the changes after this one next. */
  sequence: AccessSequence,
  changes: z.array(AccessChange),
  /**
   * True when this is not all that had changed by the time of the call: ask again at once. What is known is up to date only
   * after an answer with false.
   */
  more: z.boolean(),
  /**
   * True when the backend cannot list the changes after the given one: that is too old, or of before a restore of the
   * database. Read a new snapshot.
   */
  reset: z.boolean(),
  /** The keys that verify access tokens now; tokens of any other key are dead. */
  signingKeys: JsonWebKeySet,
});
export type AccessChanges = z.output<typeof AccessChanges>;
