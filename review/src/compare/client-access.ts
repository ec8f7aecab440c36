import { sortPermissions } from "xtremepush-access/catalog";
import type { DeclaredClient, DeclaredGrant, Location, Manifest, Unknown } from "../model/manifest";

/** One client on one side of a comparison, with everything that is declared about its access. */
export interface ClientAccess {
  /** The URN of the client, or its client ID when the program does not declare it. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** False for a client that is declared elsewhere and gets its grant here. */
  readonly declared: boolean;
  readonly location: Location | null;
  /** Null when it is unknown or not declared. */
  readonly name: string | null;
  readonly permissions: readonly string[];
  /** The client ID that it adopts: whoever has its secret can act as this client. Null when it adopts none or it is unknown. */
  readonly adopted: string | null;
  readonly credentials: Readonly<Record<string, string>>;
  /** Whether a grant is declared for it. */
  readonly granted: boolean;
  /** Whether `permissions` is complete and certainly belongs to it. */
  readonly permissionsKnown: boolean;
  /** Why its access is unknown, one sentence each; empty when it is known. */
  readonly unknowns: readonly string[];
  /** Whether the engine keeps it alive when it leaves the program. */
  readonly retained: boolean;
  readonly grantRetained: boolean;
  readonly source: string | null;
}

/** An adopted client keeps the permissions it had, even when it was deleted and is restored. */
export const UNDECLARED_SET = "it is adopted and no grant declares its permissions";

/** A retained client after it left the program. It loses its grant unless the grant is retained too. */
export function leftAlive(client: ClientAccess): ClientAccess {
  const why = client.declared
    ? "it is retained: it stays alive with its secret and keys after it leaves the program"
    : LEFT_GRANT;
  return {
    ...client,
    permissions: client.grantRetained ? client.permissions : [],
    permissionsKnown: false,
    unknowns: [why],
    source: null,
  };
}

/** A client that stays after its retained grant left the program. */
export function withLeftGrant({ permissions }: ClientAccess, after: ClientAccess): ClientAccess {
  return { ...after, permissions, permissionsKnown: false, unknowns: [...after.unknowns, LEFT_GRANT] };
}

const LEFT_GRANT = "its grant is retained: the client keeps these permissions after the grant leaves the program";

/** Joins the clients of a manifest with their grants. */
export function clientAccessOf({ clients, grants }: Manifest): ClientAccess[] {
  const declared = new Map(clients.map((client) => [client.urn, client]));
  const grantsOf = Map.groupBy(grants, (grant) => clientOf(grant));
  const accesses = clients.map((client) => declaredAccess(client, grantsOf.get(client.urn) ?? []));
  for (const [id, ofClient] of grantsOf) {
    if (!declared.has(id)) accesses.push(undeclaredAccess(id, ofClient));
  }
  return accesses;
}

/** A grant of an unknown client is listed under its own URN. */
function clientOf({ client, urn }: DeclaredGrant): string {
  return isUnknown(client) ? urn : client;
}

function declaredAccess(client: DeclaredClient, grants: readonly DeclaredGrant[]): ClientAccess {
  const { urn, aliases, location, adopt, name, secretVersion, publicKeys, retained } = client;
  const ofPermissions = [
    ...whyUnknown(location?.endpoint, location?.project, adopt),
    ...unknownsOf(grants),
    ...(grants.some((grant) => locationKey(grant.location) !== locationKey(location))
      ? ["it has a grant in another location"]
      : []),
    ...(adopt !== null && grants.length === 0 ? [UNDECLARED_SET] : []),
  ];
  return {
    id: urn,
    aliases,
    declared: true,
    location,
    name: isUnknown(name) ? null : name,
    permissions: permissionsOf(grants),
    adopted: isUnknown(adopt) ? null : adopt,
    credentials: {
      ...(isUnknown(secretVersion) || secretVersion === 0 ? {} : { secret: `version ${secretVersion}` }),
      ...(isUnknown(publicKeys) ? {} : keysOf(publicKeys)),
    },
    ...grantedBy(grants, ofPermissions),
    unknowns: [...ofPermissions, ...whyUnknown(name, secretVersion, publicKeys)],
    retained,
    source: grants[0]?.source ?? client.source,
  };
}

function undeclaredAccess(id: string, grants: readonly DeclaredGrant[]): ClientAccess {
  const [first] = grants;
  return {
    id,
    declared: false,
    // The aliases of a grant are not aliases of a client.
    aliases: [],
    location: first?.location ?? null,
    name: null,
    permissions: permissionsOf(grants),
    adopted: null,
    credentials: {},
    ...grantedBy(grants, unknownsOf(grants)),
    // Only its grants are declared here.
    retained: grants.some((grant) => grant.retained),
    source: first?.source ?? null,
  };
}

function grantedBy(grants: readonly DeclaredGrant[], unknowns: readonly string[]) {
  return {
    granted: grants.length > 0,
    grantRetained: grants.some(({ retained }) => retained),
    permissionsKnown: unknowns.length === 0,
    unknowns,
  };
}

function permissionsOf(grants: readonly DeclaredGrant[]): string[] {
  return sortPermissions(grants.flatMap(({ permissions }) => permissions));
}

function unknownsOf(grants: readonly DeclaredGrant[]): string[] {
  const unknowns = grants.flatMap(({ location, client, unknownPermissions }) => [
    ...whyUnknown(location?.endpoint, location?.project, client),
    ...(unknownPermissions === null ? [] : [unknownPermissions]),
  ]);
  return grants.length > 1 ? [...unknowns, `${grants.length} grants are declared for it`] : unknowns;
}

function whyUnknown(...values: readonly unknown[]): string[] {
  return values.flatMap((value) => (isUnknown(value) ? [value.unknown] : []));
}

/** A key that is equal for equal locations. */
export function locationKey(location: Location | null): string {
  return JSON.stringify(location && [location.endpoint, location.project]);
}

function keysOf(publicKeys: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(publicKeys).map(([label, fingerprint]) => [`key ${label}`, fingerprint]));
}

function isUnknown(value: unknown): value is Unknown {
  return typeof value === "object" && value !== null && "unknown" in value && typeof value.unknown === "string";
}
