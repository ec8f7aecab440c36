import { RESOURCE_TYPES, SECRET_KEY, SECRET_MARK, STACK_TYPE, stackOf } from "pulumi-xtremepush/protocol";
import { deploymentManifest, type Manifest } from "xtremepush-access-review";
import { z } from "zod";
import { EnvironmentFailure } from "../environment-failure";

/** A client in the state of a stack. */
export interface StateClient {
  readonly name: string;
  readonly clientId: string;
  /** Null for a client without a secret. */
  readonly clientSecret: string | null;
  readonly secretVersion: number;
  readonly project: string;
  readonly urn: string;
  /** The owner that the program declares; null in a state of an early version. */
  readonly owner: string | null;
  /** The overlap that the program declares. */
  readonly secretOverlap: string | null;
  /** The revision that the state knows. */
  readonly revision: number;
}

/** What the state of a stack says about access. It holds secrets in plain text: it is never printed. */
export interface StackState {
  readonly manifest: Manifest;
  readonly clients: readonly StateClient[];
  /** The outputs of the stack. */
  readonly outputs: Readonly<Record<string, unknown>>;
  /** How many resources a run that died was about to create. */
  readonly pendingCreates: number;
  /** The owners of the clients among them. */
  readonly pendingOwners: readonly string[];
  /** The name of the program in its Pulumi.yaml; null for a stack without resources. */
  readonly program: string | null;
  readonly resources: number;
}

const Resource = z.looseObject({
  urn: z.string().default(""),
  type: z.string(),
  delete: z.boolean().default(false),
  external: z.boolean().default(false),
  inputs: z.record(z.string(), z.unknown()).default({}),
  outputs: z.record(z.string(), z.unknown()).default({}),
});
const Deployment = z.looseObject({
  resources: z.array(Resource).nullish(),
  pending_operations: z
    .array(
      z.looseObject({
        type: z.string(),
        resource: z.looseObject({ inputs: z.looseObject({ managedBy: z.string().nullish() }).nullish() }).optional(),
      }),
    )
    .nullish(),
});

const ClientState = z.object({
  name: z.string(),
  clientId: z.string(),
  clientSecret: z.string().nullable().default(null),
  secretVersion: z.number().default(0),
  project: z.string(),
  secretOverlap: z.string().nullable().default(null),
  revision: z.number().default(0),
});

/**
 * Reads the `deployment` of an exported stack.
 *
 * @throws EnvironmentFailure when it is not one.
 */
export function stackStateOf(
  deployment: unknown,
  where: { readonly pulumiProject: string; readonly stack: string },
): StackState {
  const read = Deployment.safeParse(deployment);
  if (!read.success) throw new EnvironmentFailure(`the state of ${where.stack} cannot be read: it is not Pulumi's`);
  const present = (read.data.resources ?? []).filter((resource) => !resource.delete && !resource.external);
  const stack = present.find(({ type }) => type === STACK_TYPE);
  const pending = (read.data.pending_operations ?? []).filter(({ type }) => type === "creating");
  return {
    manifest: deploymentManifest(deployment, where),
    clients: present.filter(({ type }) => type === RESOURCE_TYPES.apiClient.token).flatMap(clientOf),
    outputs: plainRecord(stack?.outputs ?? {}),
    pendingCreates: pending.length,
    pendingOwners: pending.flatMap(({ resource }) => resource?.inputs?.managedBy ?? []),
    program: stack === undefined ? null : (stackOf(stack.urn)?.pulumiProject ?? null),
    resources: present.filter(({ type }) => type !== STACK_TYPE).length,
  };
}

/** Nothing for a client whose creation was interrupted. */
function clientOf({ urn, inputs, outputs }: z.output<typeof Resource>): StateClient[] {
  const read = ClientState.safeParse(plainRecord({ ...inputs, ...outputs }));
  const { managedBy } = inputs;
  return read.success ? [{ ...read.data, urn, owner: typeof managedBy === "string" ? managedBy : null }] : [];
}

function plainRecord(values: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, plain(value)]));
}

/** The value of a secret, which an export shows as `{"4dab…": "1b47…", "plaintext": "<JSON>"}`. */
function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const record = value as Readonly<Record<string, unknown>>;
  if (record[SECRET_KEY] !== SECRET_MARK) return plainRecord(record);
  const { plaintext } = record;
  return typeof plaintext === "string" ? plain(JSON.parse(plaintext)) : undefined;
}
