import { sortPermissions } from "xtremepush-access";
import { PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import catalogPackage from "xtremepush-access/package.json";
import { KeyLabel } from "xtremepush-access/schemas";
import {
  type DeclaredClient,
  type DeclaredGrant,
  type Location,
  MANIFEST_VERSION,
  type Manifest,
  type Unknown,
} from "../model/manifest";
import { CLIENT_TYPE, GRANT_TYPE } from "../model/resource-types";

/** A resource as Pulumi's preview and state show it, as far as a review needs it. */
export interface State {
  readonly urn: string;
  /** Empty for what is not there yet. */
  readonly id: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly aliases: readonly string[];
  /** `<URN>::<id>` of its provider. */
  readonly provider: string | null;
  /** The URNs on which the input `client` depends. */
  readonly clientUrns: readonly string[];
  readonly retained: boolean;
  readonly source: string | null;
}

/** The version of the catalog that this package brings. */
export const CATALOG_VERSION = catalogPackage.version;

const PROVIDER_TYPE = "pulumi:providers:pulumi-nodejs";

/** What the engine writes for a value that it will know later. Source: @pulumi/pulumi/runtime/rpc. */
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads what the states of one stack declare. */
export function manifestOfStates(where: { pulumiProject: string; stack: string }, states: readonly State[]): Manifest {
  const locations = locationsOf(states);
  const locationOf = ({ provider }: State) => locations.get(providerUrn(provider)) ?? null;
  const clients = ofType(states, CLIENT_TYPE);
  const clientOfGrant = clientFinder(clients);
  return {
    version: MANIFEST_VERSION,
    ...where,
    catalog: CATALOG_VERSION,
    clients: clients.map((state) => clientOf(state, locationOf(state))),
    grants: ofType(states, GRANT_TYPE).map((state) => ({
      ...commonOf(state, locationOf(state)),
      client: clientOfGrant(state),
      ...permissionsOf(state.inputs["permissions"]),
      retained: state.retained,
      source: state.source,
    })),
    uncertain: [],
  };
}

function ofType(states: readonly State[], type: string): State[] {
  return states.filter((state) => state.type === type).sort((a, b) => (a.urn < b.urn ? -1 : 1));
}

function providerUrn(provider: string | null): string {
  // The id of a provider is the last part; it holds no colon.
  return provider === null ? "" : provider.slice(0, provider.lastIndexOf("::"));
}

/** The explicit providers; the default one is the stack's own location. */
function locationsOf(states: readonly State[]): ReadonlyMap<string, Location> {
  const explicit = states.filter(({ type, inputs }) => type === PROVIDER_TYPE && "xtremepush:tokenVariable" in inputs);
  return new Map(
    explicit.map(({ urn, inputs }) => [
      urn,
      { endpoint: textOf(inputs["xtremepush:endpoint"]), project: textOf(inputs["xtremepush:project"]) },
    ]),
  );
}

const LATER: Unknown = { unknown: "it is known only when the update runs" };

function textOf(value: unknown): string | Unknown {
  return typeof value === "string" && value !== UNKNOWN_VALUE ? value : LATER;
}

function commonOf({ urn, inputs, aliases }: State, location: Location | null) {
  return { urn, aliases: [...aliases], owner: ownerOf(inputs), location };
}

function clientOf(state: State, location: Location | null): DeclaredClient {
  const { adopt = null, name, description = null, secretVersion = 1, publicKeys = {} } = state.inputs;
  return {
    ...commonOf(state, location),
    adopt: adopt === null ? null : textOf(adopt),
    name: textOf(name),
    description: description === null ? null : textOf(description),
    secretVersion: typeof secretVersion === "number" ? secretVersion : LATER,
    publicKeys: fingerprintsOf(publicKeys),
    retained: state.retained,
    source: state.source,
  };
}

function ownerOf({ managedBy }: State["inputs"]): string | null {
  return typeof managedBy === "string" && managedBy !== UNKNOWN_VALUE ? managedBy : null;
}

function fingerprintsOf(publicKeys: unknown): Record<string, string> | Unknown {
  if (typeof publicKeys !== "object" || publicKeys === null) return LATER;
  const fingerprints: Record<string, string> = {};
  for (const [label, pem] of Object.entries(publicKeys)) {
    // Not told: it may be a key in the wrong place.
    if (!KeyLabel.safeParse(label).success) return { unknown: "a key has a label that no key can have" };
    const fingerprint = fingerprintOf(pem);
    if (fingerprint === null)
      return { unknown: `the key ${JSON.stringify(label)} cannot be read before the update runs` };
    fingerprints[label] = fingerprint;
  }
  return fingerprints;
}

/** Null for what is no key, or not known yet. */
function fingerprintOf(pem: unknown): string | null {
  if (typeof pem !== "string") return null;
  try {
    return readPublicKey(pem).fingerprint;
  } catch (error) {
    if (error instanceof PublicKeyError) return null;
    throw error;
  }
}

/** Finds the client of a grant: whose ID it names; what the ID was made of says it only while the ID is not known. */
function clientFinder(clients: readonly State[]): (grant: State) => DeclaredGrant["client"] {
  const urns = new Set(clients.map(({ urn }) => urn));
  // A client that is there has its ID, whichever other one says that it adopts it.
  const byId = new Map([
    ...clients.map(({ inputs, urn }) => [inputs["adopt"], urn] as const),
    ...clients.filter(({ id }) => id !== "").map(({ id, urn }) => [id, urn] as const),
  ]);
  return ({ inputs, clientUrns }) => {
    const client = textOf(inputs["client"]);
    if (typeof client === "string") return byId.get(client) ?? client;
    const [urn, ...more] = clientUrns;
    return inputs["client"] === UNKNOWN_VALUE && urn !== undefined && more.length === 0 && urns.has(urn) ? urn : client;
  };
}

/** The map that the class sends: `{"list:profile": true}`, and `{"?2": <unknown>}` for what is known later. */
function permissionsOf(map: unknown): Pick<DeclaredGrant, "permissions" | "unknownPermissions"> {
  if (typeof map !== "object" || map === null) {
    return { permissions: [], unknownPermissions: "its permissions are known only when the update runs" };
  }
  const keys = Object.keys(map);
  const later = keys.filter((key) => /^\?\d+$/.test(key));
  const unknown = later.length === 0 ? null : `${later.length} of its permissions are known only when the update runs`;
  return { permissions: sortPermissions(keys.filter((key) => !later.includes(key))), unknownPermissions: unknown };
}
