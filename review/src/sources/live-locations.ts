import type { Location, Manifest } from "../model/manifest";

/** The location that `live` reads. */
export type AskedLocation = Readonly<Record<keyof Location, string>>;

const ELSEWHERE =
  "it is at the location of an explicit Provider, and `live` reads only XTREMEPUSH_PROJECT on XTREMEPUSH_ENDPOINT";

/**
 * Moves live resources to the locations where the program declares them. Resources that it declares at a location that
 * was not read, or that is unknown, are kept as unknown: a missing one must not look deleted.
 */
export function atDeclaredLocations(live: Manifest, { clients, grants }: Manifest, asked: AskedLocation): Manifest {
  const locationOf = locationsOf([...clients, ...grants]);
  const isElsewhere = (urn: string) => !isAsked(locationOf(urn), asked);
  const clientOf = ({ urn, client }: Manifest["grants"][number]) => (typeof client === "string" ? client : urn);
  return {
    ...live,
    clients: [
      ...clients.filter(({ urn }) => isElsewhere(urn)).map((client) => ({ ...client, adopt: { unknown: ELSEWHERE } })),
      ...live.clients
        .filter(({ urn }) => !isElsewhere(urn))
        .map((client) => ({ ...client, location: locationOf(client.urn) })),
    ],
    grants: [
      ...grants
        .filter(({ urn }) => isElsewhere(urn))
        .map((grant) => ({ ...grant, permissions: [], unknownPermissions: ELSEWHERE })),
      ...live.grants
        .filter((grant) => !isElsewhere(grant.urn) && !isElsewhere(clientOf(grant)))
        .map((grant) => ({ ...grant, location: locationOf(clientOf(grant)) ?? locationOf(grant.urn) })),
    ],
  };
}

type Located = Pick<Manifest["clients"][number], "urn" | "aliases" | "location">;

function locationsOf(declared: readonly Located[]): (urn: string) => Location | null {
  // A resource's own URN wins over the alias of another.
  const locations = new Map([
    ...declared.flatMap(({ aliases, location }) => aliases.map((alias) => [alias, location] as const)),
    ...declared.map(({ urn, location }) => [urn, location] as const),
  ]);
  return (urn) => locations.get(urn) ?? null;
}

/** Whether a location is the one that was read. Assumes that of the stack's own location. */
export function isAsked(location: Location | null, asked: AskedLocation): boolean {
  if (location === null) return true;
  const { endpoint, project } = location;
  return typeof endpoint === "string" && project === asked.project && addressOf(endpoint) === addressOf(asked.endpoint);
}

/** A key that is equal for one backend, with and without a trailing slash. */
export function addressOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).href.replace(/\/+$/, "") : endpoint;
}
