import {
  CONFIGURATION_KEYS,
  PROVIDER_TYPE,
  placeholderIndex,
  providerUrnOf,
  RESOURCE_TYPES,
  UNKNOWN,
} from "pulumi-xtremepush/protocol";
import catalogPackage from "xtremepush-access/package.json";
import { quoted } from "xtremepush-access/text";
import {
  clientEntry,
  type GivenPermissions,
  grantEntry,
  locationIn,
  ofType,
  type ResourceInputs,
} from "../manifest/entries";
import type { GivenKeys } from "../manifest/public-keys";
import {
  type DeclaredGrant,
  type EngineOptions,
  type Location,
  MANIFEST_VERSION,
  type Manifest,
  type StackId,
  type Unknown,
} from "../model/manifest";

/** The part of a resource in Pulumi's previews and states that a review needs. */
export interface State {
  readonly urn: string;
  /** Empty for a resource that does not exist yet. */
  readonly id: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly aliases: readonly string[];
  /** `<URN>::<id>` of its provider. */
  readonly provider: string | null;
  /** The URNs that the input `client` depends on. */
  readonly clientUrns: readonly string[];
  readonly options: EngineOptions;
  readonly source: string | null;
}

/** The version of the catalog that this package depends on. */
export const CATALOG_VERSION = catalogPackage.version;

/** Makes the manifest of one stack from the states of its resources. */
export function manifestOfStates(where: StackId, states: readonly State[]): Manifest {
  const locations = locationsOf(states);
  const factsOf = (state: State) => ({
    ...state,
    owner: ownerOf(state.inputs),
    location: locations.get(providerUrnOf(state.provider ?? "")) ?? null,
  });
  const clients = ofType(states, RESOURCE_TYPES.apiClient.token);
  const clientOfGrant = clientFinder(clients);
  return {
    version: MANIFEST_VERSION,
    ...where,
    catalog: CATALOG_VERSION,
    clients: clients.map((state) => clientEntry(factsOf(state), inputsOf(state))),
    grants: ofType(states, RESOURCE_TYPES.scopeGrant.token).map((state) =>
      grantEntry(factsOf(state), { client: clientOfGrant(state), ...permissionsOf(state.inputs["permissions"]) }),
    ),
    uncertain: [],
  };
}

/** Locations by explicit provider; the default provider means the stack's own location. */
function locationsOf(states: readonly State[]): ReadonlyMap<string, Location> {
  const explicit = states.filter(
    ({ type, inputs }) => type === PROVIDER_TYPE && CONFIGURATION_KEYS.tokenVariable in inputs,
  );
  return new Map(explicit.map((provider) => [provider.urn, locationIn(inputsOf(provider))]));
}

const LATER: Unknown = { unknown: "it is known only when the update runs" };

function inputsOf({ inputs }: State): ResourceInputs {
  return {
    isMissing: (key) => inputs[key] === undefined || inputs[key] === null,
    text: (key) => textOf(inputs[key]),
    integer: (key) => {
      const value = inputs[key];
      return typeof value === "number" ? value : LATER;
    },
    publicKeys: (key) => publicKeysIn(inputs[key]),
  };
}

function textOf(value: unknown): string | Unknown {
  return typeof value === "string" && value !== UNKNOWN ? value : LATER;
}

function publicKeysIn(map: unknown): GivenKeys | Unknown {
  if (typeof map !== "object" || map === null) return LATER;
  return Object.entries(map).map(([label, pem]) => {
    const unknown = { unknown: `the key ${quoted(label)} cannot be read before the update runs` };
    return [label, typeof pem === "string" && pem !== UNKNOWN ? pem : unknown];
  });
}

function ownerOf({ managedBy }: State["inputs"]): string | null {
  return typeof managedBy === "string" && managedBy !== UNKNOWN ? managedBy : null;
}

/** Finds the client of a grant by the ID that it names, or by its dependencies while the ID is unknown. */
function clientFinder(clients: readonly State[]): (grant: State) => DeclaredGrant["client"] {
  const urns = new Set(clients.map(({ urn }) => urn));
  // An existing client keeps its ID, even when another one claims to adopt it.
  const byId = new Map([
    ...clients.map(({ inputs, urn }) => [inputs["adopt"], urn] as const),
    ...clients.filter(({ id }) => id !== "").map(({ id, urn }) => [id, urn] as const),
  ]);
  return ({ inputs, clientUrns }) => {
    const client = textOf(inputs["client"]);
    if (typeof client === "string") return byId.get(client) ?? client;
    const [urn, ...more] = clientUrns;
    return inputs["client"] === UNKNOWN && urn !== undefined && more.length === 0 && urns.has(urn) ? urn : client;
  };
}

/** Reads the map that the class sends: `{"list:profile": true}`, or `{"permissions[2]": <unknown>}` for a later value. */
function permissionsOf(map: unknown): GivenPermissions {
  if (typeof map !== "object" || map === null) {
    return { permissions: [], unknownPermissions: "its permissions are known only when the update runs" };
  }
  const keys = Object.keys(map);
  const later = keys.filter((key) => placeholderIndex(key) !== undefined);
  const unknown = later.length === 0 ? null : `${later.length} of its permissions are known only when the update runs`;
  return { permissions: keys.filter((key) => !later.includes(key)), unknownPermissions: unknown };
}
