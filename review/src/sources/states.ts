import { sortPermissions } from "xtremepush-access";
import { PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import catalogPackage from "xtremepush-access/package.json";
import type { DeclaredClient, DeclaredGrant, Manifest, Place, Unknown } from "../model/manifest";

/** A resource as Pulumi's preview and state show it, as far as a review needs it. */
export interface State {
  readonly urn: string;
  readonly type: string;
  readonly inputs: Readonly<Record<string, unknown>>;
  readonly aliases: readonly string[];
  /** `<URN>::<id>` of its provider. */
  readonly provider: string | null;
  /** The URNs on which the input `client` depends. */
  readonly clientUrns: readonly string[];
  readonly source: string | null;
}

/** The version of the catalog that this package brings. */
export const CATALOG_VERSION = catalogPackage.version;

const CLIENT_TYPE = "pulumi-nodejs:dynamic/xtremepush:ApiClient";
const GRANT_TYPE = "pulumi-nodejs:dynamic/xtremepush:ScopeGrant";
const PROVIDER_TYPE = "pulumi:providers:pulumi-nodejs";

/** What the engine writes for a value that it will know later. Source: @pulumi/pulumi/runtime/rpc. */
const UNKNOWN_VALUE = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** Reads what the states of one stack declare. */
export function manifestOfStates(where: { pulumiProject: string; stack: string }, states: readonly State[]): Manifest {
  const places = placesOf(states);
  const placeOf = ({ provider }: State) => places.get(providerUrn(provider)) ?? null;
  return {
    version: 1,
    ...where,
    catalog: CATALOG_VERSION,
    clients: ofType(states, CLIENT_TYPE).map((state) => clientOf(state, placeOf(state))),
    grants: ofType(states, GRANT_TYPE).map((state) => grantOf(state, placeOf(state))),
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

/** The explicit providers; the default one is the stack's own place. */
function placesOf(states: readonly State[]): ReadonlyMap<string, Place> {
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

function clientOf({ urn, inputs, aliases, source }: State, place: Place | null): DeclaredClient {
  const { adopt = null, name, description = null, secretVersion = 1, publicKeys = {} } = inputs;
  return {
    urn,
    aliases: [...aliases],
    owner: ownerOf(inputs),
    place,
    adopt: adopt === null ? null : textOf(adopt),
    name: textOf(name),
    description: description === null ? null : textOf(description),
    secretVersion: typeof secretVersion === "number" ? secretVersion : LATER,
    publicKeys: fingerprintsOf(publicKeys),
    source,
  };
}

function ownerOf({ managedBy }: State["inputs"]): string | null {
  return typeof managedBy === "string" && managedBy !== UNKNOWN_VALUE ? managedBy : null;
}

function fingerprintsOf(publicKeys: unknown): Record<string, string> | Unknown {
  if (typeof publicKeys !== "object" || publicKeys === null) return LATER;
  const fingerprints: Record<string, string> = {};
  for (const [label, pem] of Object.entries(publicKeys)) {
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

function grantOf({ urn, inputs, aliases, clientUrns, source }: State, place: Place | null): DeclaredGrant {
  const [clientUrn, ...more] = clientUrns;
  const isDeclared = clientUrn !== undefined && more.length === 0 && clientUrn.includes(CLIENT_TYPE);
  return {
    urn,
    aliases: [...aliases],
    owner: ownerOf(inputs),
    place,
    client: isDeclared ? clientUrn : textOf(inputs["client"]),
    ...permissionsOf(inputs["permissions"]),
    source,
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
