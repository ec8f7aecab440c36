import { sortPermissions } from "xtremepush-access";
import { PublicKeyError, readPublicKey } from "xtremepush-access/keys";
import { Description, KeyLabel, Name } from "xtremepush-access/schemas";
import type { DeclaredClient, DeclaredGrant, Location } from "../model/manifest";
import { CLIENT_TYPE, GRANT_TYPE } from "../model/resource-types";
import { InputReader, NotKnown, toManifestValue } from "./inputs/input-reader";
import { type InputValue, isMap, revealed } from "./inputs/input-value";
import { clientPlaceholder } from "./inputs/placeholder";
import type { Registration } from "./inputs/registration";

/** What a program declares of clients and grants. */
export interface Declared {
  readonly clients: DeclaredClient[];
  readonly grants: DeclaredGrant[];
}

/** Picks the clients and the grants out of what a program has registered, sorted by URN. */
export function declaredBy(registrations: ReadonlyMap<string, Registration>): Declared {
  const all = [...registrations.values()].toSorted((a, b) => (a.urn < b.urn ? -1 : 1));
  const clients = all.filter(({ type }) => type === CLIENT_TYPE);
  const reader = new InputReader(clients.map(({ urn }) => clientPlaceholder(urn)));
  const context: Context = { registrations, urns: urnsOf(clients, reader), reader };
  return {
    clients: clients.map((client) => declaredClient(client, context)),
    grants: all.filter(({ type }) => type === GRANT_TYPE).map((grant) => declaredGrant(grant, context)),
  };
}

interface Context {
  readonly registrations: ReadonlyMap<string, Registration>;
  /** The URN of the client that a client ID is of. */
  readonly urns: ReadonlyMap<string, string>;
  readonly reader: InputReader;
}

/** A client is known by its placeholder, and by the client ID that it adopts, which is not the placeholder of another. */
function urnsOf(clients: readonly Registration[], reader: InputReader): Map<string, string> {
  const urns = new Map<string, string>();
  for (const client of clients) {
    const adopted = reader.value(client, "adopt");
    if (typeof adopted === "string") urns.set(adopted, client.urn);
    urns.set(clientPlaceholder(client.urn), client.urn);
  }
  return urns;
}

function declaredClient(client: Registration, context: Context): DeclaredClient {
  const { reader } = context;
  const name = reader.text(client, "name");
  return {
    ...commonOf(client, context),
    adopt: toManifestValue(reader.isMissing(client, "adopt") ? null : reader.text(client, "adopt")),
    // As the backend keeps it.
    name: toManifestValue(typeof name === "string" ? (Name.safeParse(name).data ?? name) : name),
    description: toManifestValue(descriptionOf(client, reader)),
    secretVersion: toManifestValue(secretVersionOf(client, reader)),
    publicKeys: toManifestValue(publicKeysOf(client, reader)),
    retained: client.retained,
    source: client.source,
  };
}

function declaredGrant(grant: Registration, context: Context): DeclaredGrant {
  return {
    ...commonOf(grant, context),
    client: toManifestValue(clientOf(grant, context)),
    ...permissionsOf(grant, context.reader),
    retained: grant.retained,
    source: grant.source,
  };
}

function commonOf(registration: Registration, context: Context) {
  const owner = registration.inputs["managedBy"];
  return {
    urn: registration.urn,
    aliases: [...registration.aliases],
    owner: typeof owner === "string" ? owner : null,
    location: locationOf(registration, context),
  };
}

function locationOf({ provider }: Registration, { registrations, reader }: Context): Location | null {
  if (provider === "") return null;
  const found = registrations.get(provider.slice(0, provider.lastIndexOf("::")));
  if (found === undefined) {
    const unknown = { unknown: "its provider is not one of the program's own" };
    return { endpoint: unknown, project: unknown };
  }
  return {
    endpoint: toManifestValue(reader.text(found, "xtremepush:endpoint")),
    project: toManifestValue(reader.text(found, "xtremepush:project")),
  };
}

function descriptionOf(client: Registration, reader: InputReader): string | null | NotKnown {
  if (reader.isMissing(client, "description")) return null;
  const description = reader.text(client, "description");
  return typeof description === "string" ? (Description.safeParse(description).data ?? null) : description;
}

function secretVersionOf(client: Registration, reader: InputReader): number | NotKnown {
  if (reader.isMissing(client, "secretVersion")) return 1;
  const version = reader.value(client, "secretVersion");
  if (version instanceof NotKnown) return version;
  return Number.isInteger(version) ? Number(version) : new NotKnown("it is no whole number");
}

function publicKeysOf(client: Registration, reader: InputReader): Record<string, string> | NotKnown {
  if (reader.isMissing(client, "publicKeys")) return {};
  // A public key is no secret, whatever the program marks it as.
  const keys = reader.value(client, "publicKeys");
  if (keys instanceof NotKnown) return keys;
  if (!isMap(keys)) return new NotKnown("it is no map of public keys");
  const entries: [string, string][] = [];
  for (const [label, given] of Object.entries(keys).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    // Not told: it may be a key in the wrong place.
    if (!KeyLabel.safeParse(label).success) return new NotKnown("a key has a label that no key can have");
    const pem = revealed(given);
    const fingerprint = reader.whyUnknown(client, "publicKeys", pem) ?? fingerprintOf(pem, label);
    if (fingerprint instanceof NotKnown) return fingerprint;
    entries.push([label, fingerprint]);
  }
  return Object.fromEntries(entries);
}

function fingerprintOf(pem: InputValue, label: string): string | NotKnown {
  if (typeof pem !== "string") return new NotKnown(`the key ${label} is no text`);
  try {
    return readPublicKey(pem).fingerprint;
  } catch (error) {
    if (error instanceof PublicKeyError) return new NotKnown(`the key ${label} cannot be read: ${error.message}`);
    throw error;
  }
}

function clientOf(grant: Registration, { urns, reader }: Context): string | NotKnown {
  const given = revealed(grant.inputs["client"]);
  const isIgnored = reader.whyUnknown(grant, "client", null) !== undefined;
  const urn = typeof given === "string" && !isIgnored ? urns.get(given) : undefined;
  if (urn !== undefined) return urn;
  const client = reader.value(grant, "client");
  if (client instanceof NotKnown) return client;
  return typeof client === "string" ? client : new NotKnown("it is no client ID");
}

function permissionsOf(
  grant: Registration,
  reader: InputReader,
): Pick<DeclaredGrant, "permissions" | "unknownPermissions"> {
  const given = reader.value(grant, "permissions");
  const entries = given instanceof NotKnown ? undefined : entriesOf(given);
  if (given instanceof NotKnown || entries === undefined) {
    return { permissions: [], unknownPermissions: given instanceof NotKnown ? given.reason : "they are no list" };
  }
  const read = entries.map(([key, given]) => {
    const value = revealed(given);
    // A permission that was known at once is a key, and may be made of what is not known as well.
    const unknown = reader.whyUnknown(grant, "permissions", key) ?? reader.whyUnknown(grant, "permissions", value);
    return unknown ?? permissionOf(key, value);
  });
  return {
    permissions: sortPermissions(read.filter((permission) => typeof permission === "string")),
    unknownPermissions: read.find((permission) => permission instanceof NotKnown)?.reason ?? null,
  };
}

/** The class sends a map; a transform of the program may have put a list in its place. */
function entriesOf(given: InputValue): [string, InputValue][] | undefined {
  if (Array.isArray(given)) return given.map((value: InputValue, index) => [`?${index}`, value]);
  return isMap(given) ? Object.entries(given) : undefined;
}

/** The class puts a permission that it did not know at once under `?` and its place in the list. */
function permissionOf(key: string, value: InputValue): string | NotKnown {
  const index = /^\?(\d+)$/.exec(key)?.[1];
  if (index === undefined)
    return value === true ? key : new NotKnown(`permissions[${JSON.stringify(key)}] is not true`);
  return typeof value === "string" ? value : new NotKnown(`permissions[${index}] is no permission`);
}
