import type { Location, Manifest } from "../model/manifest";

/** The location that was asked what is live. */
export type AskedLocation = Readonly<Record<keyof Location, string>>;

const ELSEWHERE =
  "it is at the location of an explicit Provider, and `live` asks XTREMEPUSH_PROJECT on XTREMEPUSH_ENDPOINT alone";

/**
 * Puts what is live at the locations at which the program declares it. What it declares at a location that was not asked, or
 * that is not known, is there with nothing known of it: not found must not look as if it was deleted.
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
  // A resource's own URN goes before the alias of another.
  const locations = new Map([
    ...declared.flatMap(({ aliases, location }) => aliases.map((alias) => [alias, location] as const)),
    ...declared.map(({ urn, location }) => [urn, location] as const),
  ]);
  return (urn) => locations.get(urn) ?? null;
}

/** The stack's own location is taken to be the one that was asked. */
function isAsked(location: Location | null, asked: AskedLocation): boolean {
  if (location === null) return true;
  const { endpoint, project } = location;
  return typeof endpoint === "string" && project === asked.project && addressOf(endpoint) === addressOf(asked.endpoint);
}

/** The same text for the same backend, with and without a slash at its end. */
function addressOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).href.replace(/\/+$/, "") : endpoint;
}
