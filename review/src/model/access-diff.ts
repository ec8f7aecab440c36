import { z } from "zod";
import { CatalogVersion, Location } from "./manifest";

/** The version of the form of a diff. */
export const ACCESS_DIFF_VERSION = 1;

/**
 * What a change does to access, the gravest first. A client can have several; the verdict of a diff is the gravest of
 * all of its clients, and `unknown` also when a side is uncertain as a whole.
 *
 * `created` is a new client, and broadened too when it has permissions; `credentials-changed` changes with which secret or
 * key somebody is the client.
 */
export const EFFECTS = [
  "unknown",
  "broadened",
  "credentials-changed",
  "created",
  "narrowed",
  "deleted",
  "renamed",
  "none",
] as const;
export const Effect = z.enum(EFFECTS);
export type Effect = z.output<typeof Effect>;

/** One permission gained (`+`), lost (`-`), or that may be there (`?`). */
export const PermissionChange = z.strictObject({
  sign: z.enum(["+", "-", "?"]),
  permission: z.string(),
  /** Null for a permission that this package's catalog does not know, as all that follows. */
  title: z.string().nullable(),
  scope: z.string().nullable(),
  scopeLabel: z.string().nullable(),
  access: z.string().nullable(),
  data: z.string().nullable(),
  risk: z.string().nullable(),
  riskReason: z.string().nullable(),
  /** The vendor's page about it. */
  reference: z.string().nullable(),
  /** True when a newer catalog than BASE's has brought it, so that a `select` may have gained it by itself. */
  fromCatalog: z.boolean(),
});
export type PermissionChange = z.output<typeof PermissionChange>;

/** A secret or key of a client that changes: `secret` or `key <label>`; null is none. */
export const CredentialChange = z.strictObject({
  credential: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type CredentialChange = z.output<typeof CredentialChange>;

export const ClientDiff = z.strictObject({
  /** The URN of the client in HEAD, else in BASE; the client ID of one that the program does not declare. */
  id: z.string(),
  effects: z.array(Effect),
  /** Null: not there on that side, or not known. */
  nameBefore: z.string().nullable(),
  nameAfter: z.string().nullable(),
  /** How many permissions on each side. */
  before: z.number().int(),
  after: z.number().int(),
  permissions: z.array(PermissionChange),
  credentials: z.array(CredentialChange),
  /** Why its effect cannot be determined; null when it can. */
  unknown: z.string().nullable(),
  /** `<file>:<line>` in HEAD, of the grant, else of the client. */
  source: z.string().nullable(),
});
export type ClientDiff = z.output<typeof ClientDiff>;

/** One stack, in one location. */
export const EnvironmentDiff = z.strictObject({
  pulumiProject: z.string(),
  stack: z.string(),
  /** Null is the stack's own backend and project. */
  location: Location.nullable(),
  /** The versions of the catalog on both sides, when they differ: a `select` may return other permissions. */
  catalog: z.strictObject({ before: CatalogVersion, after: CatalogVersion }).nullable(),
  /** Only the clients whose access changes; in the order of their names. */
  clients: z.array(ClientDiff),
});
export type EnvironmentDiff = z.output<typeof EnvironmentDiff>;

export const Counts = z.strictObject({
  clientsBroadened: z.number().int(),
  clientsNarrowed: z.number().int(),
  clientsCredentialsChanged: z.number().int(),
  clientsCreated: z.number().int(),
  clientsRenamed: z.number().int(),
  clientsDeleted: z.number().int(),
  clientsUnknown: z.number().int(),
  gained: z.number().int(),
  lost: z.number().int(),
  /** Of the gained ones. */
  gainedCritical: z.number().int(),
  gainedHigh: z.number().int(),
});
export type Counts = z.output<typeof Counts>;

/** What a change does to access, whole: the data that every output is made of. */
export const AccessDiff = z.strictObject({
  version: z.literal(ACCESS_DIFF_VERSION),
  verdict: Effect,
  counts: Counts,
  environments: z.array(EnvironmentDiff),
  /** What makes a side uncertain as a whole, one sentence each. */
  uncertain: z.array(z.strictObject({ stack: z.string(), why: z.string() })),
  /** `sha256:` and 64 hexadecimal digits, over exactly what changes and nothing else. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});
export type AccessDiff = z.output<typeof AccessDiff>;
