import { PROVIDER_TYPE, stackOf, UNKNOWN } from "pulumi-xtremepush/protocol";
import { EngineOptions, type Manifest } from "../model/manifest";
import { manifestOfStates, type State } from "../sources/state-manifest";

/** The part of a resource of `@pulumi/policy` that the policies need. */
export interface PolicyResource {
  readonly urn: string;
  readonly type: string;
  readonly props: Readonly<Record<string, unknown>>;
  readonly propertyDependencies: Readonly<Record<string, readonly { readonly urn: string }[]>>;
  readonly provider?: Pick<PolicyResource, "urn" | "props"> | undefined;
}

/** What the resources of a stack declare; null for a stack without resources. */
export function manifestOf(resources: readonly PolicyResource[]): Manifest | null {
  const [where] = resources.flatMap(({ urn }) => stackOf(urn) ?? []);
  return where === undefined ? null : manifestOfStates(where, resources.flatMap(statesOf));
}

const NO_OPTIONS = EngineOptions.parse({ retained: false });

/** A resource, and its provider, which is no resource of the stack in `@pulumi/policy`. */
function statesOf({ urn, type, props, propertyDependencies, provider }: PolicyResource): State[] {
  const inputs = known(props);
  const { clientId } = inputs;
  const common = { id: "", aliases: [], provider: null, clientUrns: [], options: NO_OPTIONS, source: null };
  return [
    {
      ...common,
      ...{ urn, type, inputs },
      id: typeof clientId === "string" && clientId !== UNKNOWN ? clientId : "",
      provider: provider === undefined ? null : `${provider.urn}::id`,
      clientUrns: (propertyDependencies["client"] ?? []).map((client) => client.urn),
    },
    ...(provider === undefined
      ? []
      : [{ ...common, urn: provider.urn, type: PROVIDER_TYPE, inputs: known(provider.props) }]),
  ];
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
