import type { Manifest, Place } from "../model/manifest";

/** The place that was asked what is live. */
export type AskedPlace = Readonly<Record<keyof Place, string>>;

const ELSEWHERE =
  "it is at the place of an explicit Provider, and `live` asks XTREMEPUSH_PROJECT on XTREMEPUSH_ENDPOINT alone";

/**
 * Puts what is live at the places at which the program declares it. What it declares at a place that was not asked, or
 * that is not known, is there with nothing known of it: not found must not look as if it was deleted.
 */
export function atDeclaredPlaces(live: Manifest, { clients, grants }: Manifest, asked: AskedPlace): Manifest {
  const placeOf = placesOf([...clients, ...grants]);
  const isElsewhere = (urn: string) => !isAsked(placeOf(urn), asked);
  const clientOf = ({ urn, client }: Manifest["grants"][number]) => (typeof client === "string" ? client : urn);
  return {
    ...live,
    clients: [
      ...clients.filter(({ urn }) => isElsewhere(urn)).map((client) => ({ ...client, adopt: { unknown: ELSEWHERE } })),
      ...live.clients
        .filter(({ urn }) => !isElsewhere(urn))
        .map((client) => ({ ...client, place: placeOf(client.urn) })),
    ],
    grants: [
      ...grants
        .filter(({ urn }) => isElsewhere(urn))
        .map((grant) => ({ ...grant, permissions: [], unknownPermissions: ELSEWHERE })),
      ...live.grants
        .filter((grant) => !isElsewhere(grant.urn) && !isElsewhere(clientOf(grant)))
        .map((grant) => ({ ...grant, place: placeOf(clientOf(grant)) ?? placeOf(grant.urn) })),
    ],
  };
}

type Placed = Pick<Manifest["clients"][number], "urn" | "aliases" | "place">;

function placesOf(declared: readonly Placed[]): (urn: string) => Place | null {
  // A resource's own URN goes before the alias of another.
  const places = new Map([
    ...declared.flatMap(({ aliases, place }) => aliases.map((alias) => [alias, place] as const)),
    ...declared.map(({ urn, place }) => [urn, place] as const),
  ]);
  return (urn) => places.get(urn) ?? null;
}

/** The stack's own place is taken to be the one that was asked. */
function isAsked(place: Place | null, asked: AskedPlace): boolean {
  if (place === null) return true;
  const { endpoint, project } = place;
  return typeof endpoint === "string" && project === asked.project && addressOf(endpoint) === addressOf(asked.endpoint);
}

/** The same text for the same backend, with and without a slash at its end. */
function addressOf(endpoint: string): string {
  return URL.canParse(endpoint) ? new URL(endpoint).href.replace(/\/+$/, "") : endpoint;
}
