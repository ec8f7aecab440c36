import { sortPermissions } from "xtremepush-access/catalog";
import {
  type DeclaredClient,
  type DeclaredGrant,
  type EngineOptions,
  isUnknown,
  type Location,
  type Manifest,
} from "../model/manifest";
import { staysWithClient, whyClientStays, whyGrantStays, whyReplacedStays } from "./staying";

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
  /** How long a superseded secret stays valid; null for the default, undefined when it is unknown. */
  readonly secretOverlap: string | null | undefined;
  /** Whether a superseded secret may work, whose end an overlap moves. */
  readonly superseded: boolean;
  /** Whether a grant is declared for it. */
  readonly granted: boolean;
  /** Whether `permissions` is complete and certainly belongs to it. */
  readonly permissionsKnown: boolean;
  /** Why its access is unknown, one sentence each; empty when it is known. */
  readonly unknowns: readonly string[];
  /** Why it stays alive, or may, when it leaves the program; null when the engine deletes it. */
  readonly stays: string | null;
  /** The same for what is left of it when it is replaced, which the engine refuses in another way. */
  readonly replacedStays: string | null;
  /** The same for its permissions when its grant leaves the program. */
  readonly grantStays: string | null;
  /** The client, when this program declares it, and its grants, with what the engine may do with each. */
  readonly resources: readonly EngineResource[];
  readonly source: string | null;
}

/** A resource with its options, and its inputs in a form that can be compared. */
export interface EngineResource {
  readonly kind: "client" | "grant";
  readonly urn: string;
  readonly aliases: readonly string[];
  readonly owner: string | null;
  readonly options: EngineOptions;
  readonly inputs: Readonly<Record<string, unknown>>;
}

/** An adopted client keeps the permissions it had, even when it was deleted and is restored. */
export const UNDECLARED_SET = "it is adopted and no grant declares its permissions";

/**
 * A client that stays, or may stay, after it left the program. It loses its grant unless the grant stays too; one that is
 * deleted with the client is not deleted by itself.
 */
export function leftAlive(client: ClientAccess, why: string): ClientAccess {
  const grantStays = client.resources.some(({ kind, options }) => kind === "grant" && staysWithClient(options));
  return {
    ...client,
    permissions: grantStays ? client.permissions : [],
    permissionsKnown: false,
    unknowns: [why],
    source: null,
  };
}

/** A client whose permissions stay, or may stay, after its grant left the program. */
export function withLeftGrant({ permissions }: ClientAccess, after: ClientAccess, why: string): ClientAccess {
  return { ...after, permissions, permissionsKnown: false, unknowns: [...after.unknowns, why] };
}

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
  const { urn, aliases, location, adopt, name, description, secretVersion, publicKeys, secretOverlap } = client;
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
    secretOverlap: isUnknown(secretOverlap) ? undefined : secretOverlap,
    superseded: client.superseded ?? true,
    unknowns: [...ofPermissions, ...whyUnknown(name, secretVersion, publicKeys, secretOverlap)],
    stays: whyClientStays(client, grants),
    replacedStays: whyReplacedStays(client),
    resources: [
      {
        kind: "client",
        urn,
        aliases,
        owner: client.owner,
        options: client,
        inputs: { name, description, secretVersion, publicKeys, secretOverlap, adopt },
      },
      ...grants.map(engineGrant),
    ],
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
    secretOverlap: null,
    superseded: true,
    ...grantedBy(grants, unknownsOf(grants)),
    // Only its grants are declared here.
    stays: whyGrantStays(grants),
    replacedStays: null,
    resources: grants.map(engineGrant),
    source: first?.source ?? null,
  };
}

function grantedBy(grants: readonly DeclaredGrant[], unknowns: readonly string[]) {
  return {
    granted: grants.length > 0,
    grantStays: whyGrantStays(grants),
    permissionsKnown: unknowns.length === 0,
    unknowns,
  };
}

function engineGrant(grant: DeclaredGrant): EngineResource {
  const { urn, aliases, client, permissions, unknownPermissions } = grant;
  return {
    kind: "grant",
    urn,
    aliases,
    owner: grant.owner,
    options: grant,
    inputs: { client, permissions: [permissions, unknownPermissions] },
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
