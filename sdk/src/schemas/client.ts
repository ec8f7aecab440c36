import { z } from "zod";
import type { Permission } from "../catalog";
import { SecretOverlap } from "./duration";
import { changeFields, Description, ManagedBy, Name, Owner, PermissionId, pageOf, pageQuery, Time } from "./fields";
import { Grant } from "./grant";
import { PublicKey, PublicKeySet } from "./public-key";

/** Highest version that a secret can have. */
export const SECRET_VERSION_MAX = 1_000_000;

/** For how many days a deleted client can be restored. */
export const RESTORE_DAYS = 30;

/** Which secret is current: 1 is the first, one more is the next, 0 is none at all. */
export const SecretVersion = z
  .number()
  .int("the version of a secret is a whole number")
  .min(0, "the version of a secret is 0 (none) or more")
  .max(SECRET_VERSION_MAX, `the version of a secret is at most ${SECRET_VERSION_MAX}`);

/** A client secret that works, without the secret itself. */
export const ClientSecretInfo = z.looseObject({
  version: z.number().int(),
  createdTime: Time,
  /** Null while it was never used. */
  firstUsedTime: Time.nullable(),
  /** Null while it was never used; may be half a minute late. */
  lastUsedTime: Time.nullable(),
  /** When a newer one that somebody may have has replaced it, or it was the last; null for the current one. */
  supersededTime: Time.nullable(),
  /** When it ends, because a newer one has replaced it; null for the current one. */
  expiresTime: Time.nullable(),
});
export type ClientSecretInfo = z.output<typeof ClientSecretInfo>;

/** An integration with a client ID; its secrets and keys are listed without their private parts. */
export const Client = z.looseObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** Which secret is current; 0 is none at all. */
  secretVersion: z.number().int().min(0),
  /** The lowest above every version that there was; null when the highest was had. An older backend does not tell. */
  nextSecretVersion: z.number().int().nullish(),
  /** The secrets that work, the oldest first; at most two. None after the client was restored, until it is rotated. */
  secrets: z.array(ClientSecretInfo),
  /** The keys that sign its assertions, by label. */
  publicKeys: z.record(z.string(), PublicKey),
  /** When a credential of the client was last used; null when never. */
  lastUsedTime: Time.nullable(),
  /** When it was deleted; null while it is live. For 30 days it can be restored. */
  deletedTime: Time.nullable(),
  ...changeFields,
});
export type Client = z.output<typeof Client>;

/** What a listing answers for each client: the permissions that it has are in it, so no second request is needed. */
export const ClientWithGrant = Client.extend({ grant: Grant });
export type ClientWithGrant = z.output<typeof ClientWithGrant>;

/** What makes a client; `managedBy` left out is nobody. */
export const ClientCreate = z.strictObject({
  name: Name,
  description: Description.optional(),
  managedBy: ManagedBy.optional(),
  /** 1 makes the first secret, 0 makes none; a client made again in another place may start at a higher one. */
  secretVersion: SecretVersion.default(1),
  publicKeys: PublicKeySet.optional(),
});
export type ClientCreate = z.input<typeof ClientCreate>;

/** The answer to a create: the only one that ever holds the secret. */
export const ClientCreated = Client.extend({
  clientSecret: z.string().nullable(),
  /** True when an interrupted create of the same owner was found and given a fresh secret, instead of a new client. */
  takenOver: z.boolean(),
});
export type ClientCreated = z.output<typeof ClientCreated>;

/** What a client has; a field left out stays as it is. */
export const ClientPatch = z.strictObject({
  name: Name.optional(),
  description: Description.optional(),
  managedBy: ManagedBy.optional(),
  /**
   * A higher version makes the next secret; 0 leaves none. The current version asks for a fresh secret in place of one
   * whose answer was lost, which works while it was never used; the overlap of the one before begins again.
   */
  secretVersion: SecretVersion.optional(),
  /** How long each earlier secret lives on after the one that replaced it was made; of those that still live. */
  secretOverlap: SecretOverlap.optional(),
  /** The whole set: a label that is left out is removed. */
  publicKeys: PublicKeySet.optional(),
});
export type ClientPatch = z.input<typeof ClientPatch>;

/** The answer to a change: the only one that ever holds a secret that the change has made; null when it made none. */
export const ClientChanged = Client.extend({ clientSecret: z.string().nullable() });
export type ClientChanged = z.output<typeof ClientChanged>;

/** Brings a deleted client back; `name` when its own is taken meanwhile, `managedBy` left out is nobody. */
export const ClientRestore = z.strictObject({ name: Name.optional(), managedBy: ManagedBy.optional() });
export type ClientRestore = z.input<typeof ClientRestore>;

/** Which clients are looked at: the live ones, those that can be restored, or both. */
export const ClientState = z.enum(["live", "deleted", "any"]);
export type ClientState = z.output<typeof ClientState>;

/** What narrows the reading of one client or grant. */
export const ClientReadQuery = z.strictObject({ state: ClientState.default("live") });

/** What narrows a listing of clients; only clients that meet all of it are listed. */
export const ClientQuery = z.strictObject({
  ...pageQuery,
  /** The live ones when left out. */
  state: ClientState.optional(),
  name: Name.optional(),
  permission: PermissionId.optional(),
  managedBy: Owner.optional(),
});
/** A typed program asks for permissions of the catalog; the schema also names the nearest one for any other text. */
export type ClientQuery = Partial<Omit<z.input<typeof ClientQuery>, "permission">> & {
  readonly permission?: Permission | undefined;
};

/** One page of the clients of a project, each with its grant. */
export const ClientPage = pageOf(ClientWithGrant);
