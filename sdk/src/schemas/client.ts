import { z } from "zod";
import type { Permission } from "../catalog";
import { SecretOverlap } from "./duration";
import {
  changeFields,
  Description,
  ManagedBy,
  Name,
  Owner,
  OwnerPrefix,
  PermissionId,
  pageOf,
  pageQuery,
  Time,
} from "./fields";
import { Grant } from "./grant";
import { PublicKey, PublicKeySet } from "./public-key";

/** Highest version of a secret. */
export const SECRET_VERSION_MAX = 1_000_000;

/** How many days a deleted client can be restored. */
export const RESTORE_DAYS = 30;

/** The version of the current secret: 1 is the first, each rotation adds one, 0 means no secret. */
export const SecretVersion = z
  .number()
  .int("the version of a secret is a whole number")
  .min(0, "the version of a secret is 0 (none) or more")
  .max(SECRET_VERSION_MAX, `the version of a secret is at most ${SECRET_VERSION_MAX}`);

/** A client secret that works, without the secret itself. */
export const ClientSecretInfo = z.looseObject({
  version: z.number().int(),
  createdTime: Time,
  /** Null if it was never used. */
  firstUsedTime: Time.nullable(),
  /** Null if it was never used; up to half a minute late. */
  lastUsedTime: Time.nullable(),
  /** When a newer secret replaced it, or version 0 ended it; null for the current secret. */
  supersededTime: Time.nullable(),
  /** When it expires because a newer secret has replaced it; null for the current secret. */
  expiresTime: Time.nullable(),
});
export type ClientSecretInfo = z.output<typeof ClientSecretInfo>;

/** An integration with a client ID; its secrets and keys are listed without their private parts. */
export const Client = z.looseObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** The version of the current secret; 0 means no secret. */
  secretVersion: z.number().int().min(0),
  /** The lowest version above every version used so far; null when none is left, undefined from an older backend. */
  nextSecretVersion: z.number().int().nullish(),
  /** The secrets that work, oldest first; at most two. A restored client has none until it is rotated. */
  secrets: z.array(ClientSecretInfo),
  /** The keys that sign its assertions, by label. */
  publicKeys: z.record(z.string(), PublicKey),
  /** When a credential of the client was last used; null if never. */
  lastUsedTime: Time.nullable(),
  /** When it was deleted; null while it is live. It can be restored for 30 days. */
  deletedTime: Time.nullable(),
  ...changeFields,
});
export type Client = z.output<typeof Client>;

/** A client in a listing, with its grant, so that no second request is needed. */
export const ClientWithGrant = Client.extend({ grant: Grant });
export type ClientWithGrant = z.output<typeof ClientWithGrant>;

/** A deleted client, with the grant that ended with it; a backend of an older version answers no grant. */
export const ClientDeleted = Client.extend({ grant: Grant.optional() });
export type ClientDeleted = z.output<typeof ClientDeleted>;

/** The request that creates a client; without `managedBy` it has no owner. */
export const ClientCreate = z.strictObject({
  name: Name,
  description: Description.optional(),
  managedBy: ManagedBy.optional(),
  /** 1 creates the first secret, 0 creates none; a client that replaces another may continue at a higher version. */
  secretVersion: SecretVersion.default(1),
  publicKeys: PublicKeySet.optional(),
});
export type ClientCreate = z.input<typeof ClientCreate>;

/** The answer to a create; only this answer ever contains the secret. */
export const ClientCreated = Client.extend({
  clientSecret: z.string().nullable(),
  /** True when the backend found the client of an interrupted create of the same owner and gave it a new secret. */
  takenOver: z.boolean(),
});
export type ClientCreated = z.output<typeof ClientCreated>;

/** The request that changes a client; a field left out does not change. */
export const ClientPatch = z.strictObject({
  name: Name.optional(),
  description: Description.optional(),
  managedBy: ManagedBy.optional(),
  /**
   * A higher version creates the next secret; 0 ends all secrets. The current version replaces a secret whose answer
   * was lost, if that secret was never used; the overlap of the secret before it starts again.
   */
  secretVersion: SecretVersion.optional(),
  /** How long each earlier secret that is still valid stays valid, counted from its replacement. */
  secretOverlap: SecretOverlap.optional(),
  /** The whole set: a label left out is removed. */
  publicKeys: PublicKeySet.optional(),
});
export type ClientPatch = z.input<typeof ClientPatch>;

/**
 * The answer to a change; only this answer ever contains the secret that the change created, null if it created none.
 */
export const ClientChanged = Client.extend({ clientSecret: z.string().nullable() });
export type ClientChanged = z.output<typeof ClientChanged>;

/**
 * The request that restores a client: `name` if its old name is taken by now; without `managedBy` it has no owner. A live
 * client that differs from them is refused with `client_not_deleted`.
 */
export const ClientRestore = z.strictObject({ name: Name.optional(), managedBy: ManagedBy.optional() });
export type ClientRestore = z.input<typeof ClientRestore>;

/** Which clients to look at: live ones, deleted ones that can be restored, or both. */
export const ClientState = z.enum(["live", "deleted", "any"]);
export type ClientState = z.output<typeof ClientState>;

/** The query of a read of one client or grant. */
export const ClientReadQuery = z.strictObject({ state: ClientState.default("live") });

/** The query of a delete of a client. */
export const ClientDeleteQuery = z.strictObject({
  /**
   * Keeps the delete from ending what another program grants: refused with `owner_conflict` if the client has permissions
   * whose owner does not begin with this. Permissions without an owner do not count.
   */
  grantOwnerPrefix: OwnerPrefix.optional(),
});

/** The filters of a list of clients; a client must match all of them. */
export const ClientQuery = z.strictObject({
  ...pageQuery,
  /** @default "live" */
  state: ClientState.optional(),
  name: Name.optional(),
  permission: PermissionId.optional(),
  managedBy: Owner.optional(),
});
/** The type limits the permission to the catalog; the schema names the nearest permission for any other string. */
export type ClientQuery = Partial<Omit<z.input<typeof ClientQuery>, "permission">> & {
  readonly permission?: Permission | undefined;
};

/** One page of clients of a project, each with its grant. */
export const ClientPage = pageOf(ClientWithGrant);
