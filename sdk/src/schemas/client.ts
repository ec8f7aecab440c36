import { z } from "zod";
import type { Permission } from "../catalog";
import { changeFields, Description, ManagedBy, Name, Owner, PermissionId, pageOf, pageQuery, Time } from "./fields";
import { Grant } from "./grant";

/** A client: an integration with a client ID. */
export const Client = z.looseObject({
  id: z.string(),
  project: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  /** Which secret is current; 0 is none at all. */
  secretVersion: z.number().int().min(0),
  /** When a credential of the client was last used; null when never. */
  lastUsedTime: Time.nullable(),
  ...changeFields,
});
export type Client = z.output<typeof Client>;

/** A client of a listing, with its grant. */
export const ClientWithGrant = Client.extend({ grant: Grant });
export type ClientWithGrant = z.output<typeof ClientWithGrant>;

/** What makes a client; `managedBy` left out is nobody. */
export const ClientCreate = z.strictObject({
  name: Name,
  description: Description.optional(),
  managedBy: ManagedBy.optional(),
  /** 1 makes a secret, 0 makes none. */
  secretVersion: z.number().int().min(0).max(1).default(1),
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
});
export type ClientPatch = z.input<typeof ClientPatch>;

/** What narrows a listing of clients; only clients that meet all of it are listed. */
export const ClientQuery = z.strictObject({
  ...pageQuery,
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
