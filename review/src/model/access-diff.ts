import { z } from "zod";
import { CatalogVersion, Location } from "./manifest";
import { Use } from "./use";

/** The version of the diff format. */
export const ACCESS_DIFF_VERSION = 2;

/**
 * What a change does to access, most serious first. A client can have several effects. The verdict of a diff is the most
 * serious effect of all its clients, or `unknown` when a side is uncertain as a whole.
 *
 * `created` is a new client, which is also `broadened` when it has permissions. `credentials-changed` means that other
 * secrets or keys authenticate the client.
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

const GIVING_ACCESS: readonly Effect[] = ["unknown", "broadened", "credentials-changed", "created"];

/** Whether an effect gives access to somebody, or may. */
export function givesAccess(effect: Effect): boolean {
  return GIVING_ACCESS.includes(effect);
}

/** One permission that a client gains (`+`), loses (`-`) or may have (`?`). */
export const PermissionChange = z.strictObject({
  sign: z.enum(["+", "-", "?"]),
  permission: z.string(),
  /** Null, like the fields below, for a permission that is not in this package's catalog. */
  title: z.string().nullable(),
  scope: z.string().nullable(),
  scopeLabel: z.string().nullable(),
  access: z.string().nullable(),
  data: z.string().nullable(),
  risk: z.string().nullable(),
  riskReason: z.string().nullable(),
  /** The URL of the vendor's page. */
  reference: z.string().nullable(),
  /** True when it came with a newer catalog than BASE's, so a `select` may have gained it without a change of code. */
  fromCatalog: z.boolean(),
  /** The other stacks, of those that a rule asks about, in which the client of this name has it already. */
  heldIn: z.array(z.string()).optional(),
  /** Of a permission that is lost, where `diff --use` could read it. It is not part of what changes: no rule sees it. */
  use: Use.optional(),
});
export type PermissionChange = z.output<typeof PermissionChange>;

/**
 * A credential of a client that changes: `secret`, `key <label>`, `adopted client`, `client ID` for a client that is
 * replaced, or `secretOverlap`, the time for which a superseded secret stays valid. Null means none.
 */
export const CredentialChange = z.strictObject({
  credential: z.string(),
  before: z.string().nullable(),
  after: z.string().nullable(),
});
export type CredentialChange = z.output<typeof CredentialChange>;

export const ClientDiff = z.strictObject({
  /** The URN of the client in HEAD, else in BASE, or its client ID when the program does not declare it. */
  id: z.string(),
  effects: z.array(Effect),
  /** Null when it does not exist on that side or is unknown. */
  nameBefore: z.string().nullable(),
  nameAfter: z.string().nullable(),
  /** The number of permissions on each side. */
  before: z.number().int(),
  after: z.number().int(),
  permissions: z.array(PermissionChange),
  credentials: z.array(CredentialChange),
  /** Whether its grant is replaced: its permissions are taken away and given again. */
  grantReplaced: z.boolean(),
  /** Why its effect is unknown; null when it is known. */
  unknown: z.string().nullable(),
  /** `<file>:<line>` in HEAD of the grant, else of the client. */
  source: z.string().nullable(),
});
export type ClientDiff = z.output<typeof ClientDiff>;

/** One stack at one location. */
export const EnvironmentDiff = z.strictObject({
  pulumiProject: z.string(),
  stack: z.string(),
  /** Null means the stack's own backend and project. */
  location: Location.nullable(),
  /** The catalog versions of both sides when they differ, because a `select` may then choose other permissions. */
  catalog: z.strictObject({ before: CatalogVersion, after: CatalogVersion }).nullable(),
  /** Only the clients whose access changes, sorted by name. */
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
  /** The part of `gained` with this risk, as `gainedHigh`. */
  gainedCritical: z.number().int(),
  gainedHigh: z.number().int(),
});
export type Counts = z.output<typeof Counts>;

/** Everything that a change does to access: the data behind every output. */
export const AccessDiff = z.strictObject({
  version: z.literal(ACCESS_DIFF_VERSION),
  verdict: Effect,
  counts: Counts,
  environments: z.array(EnvironmentDiff),
  /** Why a side is uncertain as a whole, one sentence each. */
  uncertain: z.array(z.strictObject({ stack: z.string(), why: z.string() })),
  /**
   * The stacks that the change removes from the repository. Nothing of them is destroyed, so their clients are not above. The
   * number of clients is null when BASE's lock file of the stack cannot be read.
   */
  givenUp: z.array(
    z.strictObject({ pulumiProject: z.string(), stack: z.string(), clients: z.number().int().nullable() }),
  ),
  /** `sha256:` and 64 hexadecimal digits: a hash of exactly what changes. */
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/),
});
export type AccessDiff = z.output<typeof AccessDiff>;
