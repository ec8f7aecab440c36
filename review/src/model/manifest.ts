import { RESOURCE_TYPES, typeOf, urnPrefix } from "pulumi-xtremepush/protocol";
import { KeyLabel } from "xtremepush-access/schemas";
import { z } from "zod";
import { parseSourcePosition } from "./source-position";

/** The version of the manifest's form; a reader refuses a higher one. */
export const MANIFEST_VERSION = 1;

/** What a program cannot know without the cloud; the text says why, for people. */
export const Unknown = z.strictObject({ unknown: z.string() });
export type Unknown = z.output<typeof Unknown>;

/** A value that may not be known. */
function known<Schema extends z.ZodType>(schema: Schema) {
  return z.union([schema, Unknown]);
}

/** `<file relative to the program's folder>:<line>`. */
const Source = z
  .string()
  .refine((source) => parseSourcePosition(source) !== null, "it is not a position in the program, like index.ts:12")
  .nullable();

/** A version as npm writes it; a free string would end up in the sentence about the catalog. */
export const CatalogVersion = z
  .string()
  .max(40)
  .regex(/^\d+\.\d+\.\d+(?:-[0-9a-z.-]+)?(?:\+[0-9a-z.-]+)?$/i, "it is not a version, like 1.2.3");

/** Where a client lives: the stack's own backend and project, or those of an explicit `Provider`. */
export const Location = z.strictObject({ endpoint: known(z.string()), project: known(z.string()) });
export type Location = z.output<typeof Location>;

/** A client that a program declares. */
export const DeclaredClient = z.strictObject({
  urn: z.string(),
  /** Other URNs under which the engine may know it. */
  aliases: z.array(z.string()),
  /** `managedBy`, as the class composes it. */
  owner: z.string().nullable(),
  /** Null is the stack's own location. */
  location: Location.nullable(),
  /** The client ID of a client that is there already, and is taken over with its secret; null for a client that is made. */
  adopt: known(z.string().nullable()),
  name: known(z.string()),
  description: known(z.string().nullable()),
  secretVersion: known(z.number().int()),
  /** Fingerprints of its public keys, by label. */
  publicKeys: known(z.record(KeyLabel, z.string())),
  /** The resource option `retainOnDelete`: it stays alive when it leaves the program. */
  retained: z.boolean(),
  source: Source,
});
export type DeclaredClient = z.output<typeof DeclaredClient>;

/** A grant that a program declares. */
export const DeclaredGrant = z.strictObject({
  urn: z.string(),
  aliases: z.array(z.string()),
  owner: z.string().nullable(),
  location: Location.nullable(),
  /** The URN of the client when the program declares it, else its client ID. */
  client: known(z.string()),
  /** What is known of the set, in the catalog's order. */
  permissions: z.array(z.string()),
  /** Why the set may be larger than what is known; null when it is whole. */
  unknownPermissions: z.string().nullable(),
  /** The resource option `retainOnDelete`: the client keeps the set when the grant leaves the program. */
  retained: z.boolean(),
  source: Source,
});
export type DeclaredGrant = z.output<typeof DeclaredGrant>;

/** What the program of one stack declares, sorted by URN. */
export const Manifest = z
  .strictObject({
    version: z.literal(MANIFEST_VERSION),
    pulumiProject: z.string(),
    stack: z.string(),
    /** The version of the package whose catalog `select` chose from. */
    catalog: CatalogVersion,
    clients: z.array(DeclaredClient),
    grants: z.array(DeclaredGrant),
    /** What makes the whole manifest uncertain, one sentence each: an awaited output, an invoke. */
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
        if (urns.has(urn)) refuse("it is there twice");
        if (!isOf(manifest, urn, type)) refuse(`it is no ${type.split(":").at(-1)} of this stack`);
        urns.add(urn);
      }
    }
  });
export type Manifest = z.output<typeof Manifest>;

/** Which stack a manifest is of. */
export type StackId = Pick<Manifest, "pulumiProject" | "stack">;

function isOf(stack: StackId, urn: string, type: string): boolean {
  return urn.startsWith(urnPrefix(stack)) && typeOf(urn) === type;
}
