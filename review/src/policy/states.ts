import { PROVIDER_TYPE, RESOURCE_TYPES, stackOf, UNKNOWN } from "pulumi-xtremepush/protocol";
import { ofType } from "../manifest/entries";
import { pathStart } from "../manifest/property-path";
import { type Manifest, NO_ENGINE_OPTIONS } from "../model/manifest";
import { manifestOfStates, type State } from "../sources/state-manifest";

/** The part of a resource of `@pulumi/policy` that the policies need. */
export interface PolicyResource {
  readonly urn: string;
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly opts: { readonly ignoreChanges: readonly string[] };
  readonly propertyDependencies: Readonly<Record<string, readonly { readonly urn: string }[]>>;
  readonly provider?: Pick<PolicyResource, "urn" | "props"> | undefined;
}

/** What the resources of a stack declare; null for a stack without resources. */
export function manifestOf(resources: readonly PolicyResource[]): Manifest | null {
  const [where] = resources.flatMap(({ urn }) => stackOf(urn) ?? []);
  if (where === undefined) return null;
  const managed = resources.filter((resource) => !isRead(resource));
  return manifestOfStates(where, withIdsOfGrants(managed.flatMap(statesOf)));
}

/**
 * Whether the program only reads a resource. A preview and an update leave those out, but `pulumi policy analyze` shows them
 * without their mark `external`, so the owner decides. A resource that would be created or updated has no revision, and one
 * that depends on others is registered: both always count.
 */
function isRead({ urn, props, propertyDependencies }: PolicyResource): boolean {
  const { revision, managedBy, owner } = known(props);
  const live = owner ?? managedBy;
  if (typeof revision !== "number" || live === undefined || live === UNKNOWN) return false;
  const isIndependent = Object.values(propertyDependencies).every(({ length }) => length === 0);
  return isIndependent && !(typeof live === "string" && live.endsWith(`/${urn}`));
}

/** A resource, and its provider, which is no resource of the stack in `@pulumi/policy`. */
function statesOf({ urn, type, props, opts, propertyDependencies, provider }: PolicyResource): State[] {
  const inputs = known(props);
  // A grant that keeps its client does not have the one that the program names.
  const keepsClient = opts.ignoreChanges.some((path) => ["*", "client"].includes(pathStart(path)));
  const clients = keepsClient && knownText(inputs["client"]) !== "" ? [] : (propertyDependencies["client"] ?? []);
  const common = { aliases: [], clientUrns: [], options: NO_ENGINE_OPTIONS, source: null };
  return [
    {
      ...common,
      ...{ urn, type, inputs },
      id: knownText(inputs["clientId"]),
      provider: provider === undefined ? null : `${provider.urn}::id`,
      clientUrns: clients.map((client) => client.urn),
    },
    ...(provider === undefined
      ? []
      : [{ ...common, urn: provider.urn, type: PROVIDER_TYPE, inputs: known(provider.props), id: "", provider: null }]),
  ];
}

/**
 * Completes the IDs of clients. Of a client that a preview updates, the engine shows the new inputs and not the ID, which
 * only the grant that depends on it has. Only a grant that has a revision, and so does not change, says the ID: what gives new
 * access must not pass as another client's. Grants that disagree, and an ID that another client has, say nothing.
 */
function withIdsOfGrants(states: readonly State[]): State[] {
  const taken = new Set(states.flatMap(({ id, inputs }) => [id, inputs["adopt"]]));
  const named = ofType(states, RESOURCE_TYPES.scopeGrant.token).filter(
    ({ clientUrns, inputs }) => clientUrns.length === 1 && typeof inputs["revision"] === "number",
  );
  const grantsOf = Map.groupBy(named, ({ clientUrns }) => clientUrns[0]);
  const idFor = ({ urn, id, inputs }: State): string => {
    const ids = new Set((grantsOf.get(urn) ?? []).map((grant) => knownText(grant.inputs["client"])));
    const [only = "", ...others] = ids;
    return id !== "" || inputs["adopt"] != null || others.length > 0 || taken.has(only) ? id : only;
  };
  return states.map((state) =>
    state.type === RESOURCE_TYPES.apiClient.token ? { ...state, id: idFor(state) } : state,
  );
}

function knownText(value: unknown): string {
  return typeof value === "string" && value !== UNKNOWN ? value : "";
}

function known(props: PolicyResource["props"]): Record<string, unknown> {
  return Object.fromEntries(Object.keys(props).map((key) => [key, readValue(props, key)]));
}

/** In a preview, @pulumi/policy throws for a value that is not known yet, and then decides nothing at all. */
function readValue(props: PolicyResource["props"], key: string): unknown {
  try {
    const value = props[key];
    return isMap(value) ? known(value) : value;
  } catch (error) {
    if (error instanceof Error && "unknownTypeSentinel" in error) return UNKNOWN;
    throw error;
  }
}

function isMap(value: unknown): value is PolicyResource["props"] {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
