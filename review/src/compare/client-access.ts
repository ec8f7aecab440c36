import { sortPermissions } from "xtremepush-access/catalog";
import type { DeclaredClient, DeclaredGrant, Location, Manifest, Unknown } from "../model/manifest";

/** One client of one side with everything that is declared of its access. */
export interface ClientAccess {
  /** The URN of the client; the client ID of one that the program does not declare. */
  readonly id: string;
  readonly aliases: readonly string[];
  /** False for a client that is declared elsewhere, and gets its grant here. */
  readonly declared: boolean;
  readonly location: Location | null;
  /** Null when it is not known, or not declared. */
  readonly name: string | null;
  readonly permissions: readonly string[];
  /** The client ID that it adopts: who has its secret is the client. Null when it adopts none, or it is not known. */
  readonly adopted: string | null;
  readonly credentials: Readonly<Record<string, string>>;
  /** Whether a grant is declared for it. */
  readonly granted: boolean;
  /** Whether `permissions` are all that it has, and surely its own. */
  readonly permissionsKnown: boolean;
  /** Why its access cannot be determined, one sentence each; none when it can. */
  readonly unknowns: readonly string[];
  /** Whether the engine leaves it alive when it leaves the program. */
  readonly retained: boolean;
  readonly grantRetained: boolean;
  readonly source: string | null;
}

/** An adopted client keeps what it had, and one that was deleted comes back with it. */
export const UNDECLARED_SET = "it is adopted, and no grant declares what it may do";

/** A retained client after it has left the program; its grant goes only when that is not retained as well. */
export function leftAlive(client: ClientAccess): ClientAccess {
  const why = client.declared
    ? "it is retained: when it leaves the program it stays alive, with its secret and keys"
    : LEFT_GRANT;
  return {
    ...client,
    permissions: client.grantRetained ? client.permissions : [],
    permissionsKnown: false,
    unknowns: [why],
    source: null,
  };
}

/** A client that stays, after its retained grant has left the program. */
export function withLeftGrant({ permissions }: ClientAccess, after: ClientAccess): ClientAccess {
  return { ...after, permissions, permissionsKnown: false, unknowns: [...after.unknowns, LEFT_GRANT] };
}

const LEFT_GRANT = "its grant is retained: when it leaves the program the client keeps these permissions";

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

/** A grant of a client that is not known stands for itself. */
function clientOf({ client, urn }: DeclaredGrant): string {
  return isUnknown(client) ? urn : client;
}

function declaredAccess(client: DeclaredClient, grants: readonly DeclaredGrant[]): ClientAccess {
  const { urn, aliases, location, adopt, name, secretVersion, publicKeys, retained } = client;
  const ofPermissions = [
    ...whyUnknown(location?.endpoint, location?.project, adopt),
    ...unknownsOf(grants),
    ...(grants.some((grant) => locationKey(grant.location) !== locationKey(location))
      ? ["a grant of it is in another location"]
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
    // Grants do not count as clients.
    aliases: [],
    location: first?.location ?? null,
    name: null,
    permissions: permissionsOf(grants),
    adopted: null,
    credentials: {},
    ...grantedBy(grants, unknownsOf(grants)),
    // There is nothing of it here but its grants.
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

/** The same text for the same location. */
export function locationKey(location: Location | null): string {
  return JSON.stringify(location && [location.endpoint, location.project]);
}

function keysOf(publicKeys: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(publicKeys).map(([label, fingerprint]) => [`key ${label}`, fingerprint]));
}

function isUnknown(value: unknown): value is Unknown {
  return typeof value === "object" && value !== null && "unknown" in value && typeof value.unknown === "string";
}
