import { RESOURCE_TYPES, typeOf, urnPrefix } from "pulumi-xtremepush/protocol";
import { KeyLabel } from "xtremepush-access/schemas";
import { z } from "zod";
import { parseSourcePosition } from "./source-position";

/** The version of the manifest format. A reader refuses a higher one. */
export const MANIFEST_VERSION = 3;

/** A value that a program cannot know without the cloud. `unknown` says why, for people. */
export const Unknown = z.strictObject({ unknown: z.string() });
export type Unknown = z.output<typeof Unknown>;

/** Whether a value of a manifest is unknown. */
export function isUnknown(value: unknown): value is Unknown {
  return typeof value === "object" && value !== null && "unknown" in value && typeof value.unknown === "string";
}

/** A value that may be unknown. */
function known<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, Unknown]);
}

/** `<file>:<line>`, relative to the program's folder. */
const Source = z
  .string()
  .refine((source) => parseSourcePosition(source) !== null, "it is not a position in the program, like index.ts:12")
  .nullable();

/** A version as npm writes it. Reports print it in a sentence, so it must not be free text. */
export const CatalogVersion = z
  .string()
  .max(40)
  .regex(/^\d+\.\d+\.\d+(?:-[0-9a-z.-]+)?(?:\+[0-9a-z.-]+)?$/i, "it is not a version, like 1.2.3");

/** The backend and project of a client, when an explicit `Provider` names them. */
export const Location = z.strictObject({ endpoint: known(z.string()), project: known(z.string()) });
export type Location = z.output<typeof Location>;

/** The resource options that let the engine change access without a change of the inputs. */
export const EngineOptions = z.strictObject({
  /** `retainOnDelete`: a client stays alive, or a client keeps its permissions, when the resource leaves the program. */
  retained: z.boolean(),
  /** `protect`: the engine refuses to delete or replace it. Unknown only in a lock file of version 2. */
  protect: known(z.boolean()).default(false),
  /** `deletedWith`: the URN of the resource whose delete includes this one, so that the engine does not delete it. */
  deletedWith: z.string().nullable().default(null),
  /** The paths of the inputs whose change replaces the resource. */
  replaceOnChanges: z.array(z.string()).default([]),
  /** The URNs of the resources whose replacement replaces this one. */
  replaceWith: z.array(z.string()).default([]),
  /** `sha256:` and the hash of the value whose change replaces the resource; null without one. */
  replacementTrigger: known(z.string().nullable()).default(null),
  /** Whether a preview replaces it; false where only the program is known. */
  replaced: z.boolean().default(false),
});
export type EngineOptions = z.output<typeof EngineOptions>;

/** A resource without these options. */
export const NO_ENGINE_OPTIONS: EngineOptions = EngineOptions.parse({ retained: false });

export const DeclaredClient = z.strictObject({
  urn: z.string(),
  /** Other URNs that the engine may know it by. */
  aliases: z.array(z.string()),
  /** `managedBy`, as the resource class composes it. */
  owner: z.string().nullable(),
  /** Null means the stack's own backend and project. */
  location: Location.nullable(),
  /** The client ID of an existing client that is taken over with its secret; null for a new client. */
  adopt: known(z.string().nullable()),
  name: known(z.string()),
  description: known(z.string().nullable()),
  secretVersion: known(z.number().int()),
  /** Fingerprints of its public keys by label. */
  publicKeys: known(z.record(KeyLabel, z.string())),
  /** How long a superseded secret stays valid, like `1h`; null for the default. */
  secretOverlap: known(z.string().nullable()).default(null),
  /** Of a live client without a superseded secret, so that an overlap has no end to move; a program cannot know. */
  superseded: z.literal(false).optional(),
  ...EngineOptions.shape,
  source: Source,
});
export type DeclaredClient = z.output<typeof DeclaredClient>;

export const DeclaredGrant = z.strictObject({
  urn: z.string(),
  aliases: z.array(z.string()),
  owner: z.string().nullable(),
  location: Location.nullable(),
  /** The URN of the client when the program declares it, else its client ID. */
  client: known(z.string()),
  /** The known permissions, in the catalog's order. */
  permissions: z.array(z.string()),
  /** Why there may be more permissions; null when the list is complete. */
  unknownPermissions: z.string().nullable(),
  ...EngineOptions.shape,
  source: Source,
});
export type DeclaredGrant = z.output<typeof DeclaredGrant>;

/** What a program declares for one stack, sorted by URN. */
export const Manifest = z
  .strictObject({
    version: z.literal(MANIFEST_VERSION),
    pulumiProject: z.string(),
    stack: z.string(),
    /** The version of the catalog that `select` chose from. */
    catalog: CatalogVersion,
    clients: z.array(DeclaredClient),
    grants: z.array(DeclaredGrant),
    /** Why the manifest is uncertain as a whole, one sentence each: an awaited output, an invoke. */
    uncertain: z.array(z.string()),
  })
  .superRefine((manifest, context) => {
    const urns = new Set<string>();
    for (const [kind, type] of [
      ["clients", RESOURCE_TYPES.apiClient.token],
      ["grants", RESOURCE_TYPES.scopeGrant.token],
    ] as const) {
      for (const [index, { urn }] of manifest[kind].entries()) {
        const refuse = (message: string) => context.addIssue({ code: "custom", path: [kind, index, "urn"], message });
        if (urns.has(urn)) refuse("it appears twice");
        if (!isOf(manifest, urn, type)) refuse(`it is not of type ${type.split(":").at(-1)} in this stack`);
        urns.add(urn);
      }
    }
  });
export type Manifest = z.output<typeof Manifest>;

export type StackId = Pick<Manifest, "pulumiProject" | "stack">;

function isOf(stack: StackId, urn: string, type: string): boolean {
  return urn.startsWith(urnPrefix(stack)) && typeOf(urn) === type;
}
