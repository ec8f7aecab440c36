import { AccessClient } from "xtremepush-access";
import { LARGE, PROJECTS, SHARES, USUAL_IDS } from "./growing-data";
import type { Request } from "./load";

/** What the listings ask for: pages of 100 clients of the large project. */
const LISTINGS = {
  "list all": "",
  "list by name": "&name=Filled%2051",
  "list by owner": "&managedBy=acme%2F51",
  "list by a permission of one in three": `&permission=${SHARES.third}`,
  "list by a permission of twenty": `&permission=${SHARES.few}`,
  "list by a permission of none": `&permission=${SHARES.none}`,
  "list deleted": "&state=deleted",
  "list live and deleted": "&state=any",
  "list live and deleted by a permission of one in three": `&state=any&permission=${SHARES.third}`,
} as const;
type Listing = keyof typeof LISTINGS;
const LISTING_NAMES = Object.keys(LISTINGS) as readonly Listing[];

export const GROWTH_CALLS = [
  "token",
  "introspection",
  "read",
  ...LISTING_NAMES,
  "create",
  "change permissions",
] as const;
export type GrowthCall = (typeof GROWTH_CALLS)[number];

export function isListing(call: GrowthCall): call is Listing {
  return call in LISTINGS;
}

/** A backend's address and an admin's token. */
export interface Backend {
  readonly endpoint: string;
  readonly token: string;
}

interface Probe {
  readonly id: string;
  readonly secret: string;
  readonly accessToken: string;
  readonly revision: number;
}

const PROBES = 200;
/** Two sets of 20. Neither has a rare permission, so that the listings of those stay as they were filled. */
const SETS = [USUAL_IDS.slice(0, 20), USUAL_IDS.slice(-20)] as const;

/** The requests of the bench. Its own clients, made by the API, have the secrets that those filled by SQL lack. */
export class GrowthRequests {
  readonly #access: AccessClient;
  readonly #headers: Readonly<Record<string, string>>;
  #probes: Probe[] = [];
  #number = 0;

  constructor({ endpoint, token }: Backend) {
    this.#access = new AccessClient({ endpoint, token });
    this.#headers = { authorization: `Bearer ${token}` };
  }

  /** Makes the projects, and the bench's own clients in the large one. */
  async prepare(): Promise<void> {
    for (const slug of PROJECTS) await this.#access.projects.create({ slug });
    for (let number = 0; number < PROBES; number++) {
      const made = await this.#access.clients.create(LARGE, { name: `Probe ${number}`, secretVersion: 1 });
      await this.#access.grants.put(LARGE, made.id, { permissions: SETS[0] }, { ifMatch: 0 });
      this.#probes.push({ id: made.id, secret: made.clientSecret ?? "", accessToken: "", revision: 1 });
    }
  }

  /** Fetches access tokens, which end after ten minutes. */
  async renewTokens(): Promise<void> {
    const renewed = this.#probes.map(async (probe) => {
      const { access_token } = await this.#access.oauth.token({ clientId: probe.id, clientSecret: probe.secret });
      return { ...probe, accessToken: access_token };
    });
    this.#probes = await Promise.all(renewed);
  }

  next(call: GrowthCall): Request {
    const number = this.#number++;
    const clients = `/v1/projects/${LARGE}/clients`;
    const headers = this.#headers;
    if (isListing(call)) return { method: "GET", path: `${clients}?limit=100${LISTINGS[call]}`, headers };
    const probe = this.#probes[number % PROBES];
    if (probe === undefined) throw new Error("the bench's own clients are not made");
    switch (call) {
      case "token": {
        const authorization = `Basic ${Buffer.from(`${probe.id}:${probe.secret}`).toString("base64")}`;
        const body = "grant_type=client_credentials";
        return { method: "POST", path: "/api/oauth/token", headers: { ...FORM, authorization }, body };
      }
      case "introspection": {
        const body = `token=${probe.accessToken}`;
        return { method: "POST", path: "/api/oauth/introspect", headers: { ...headers, ...FORM }, body };
      }
      case "read":
        return { method: "GET", path: `${clients}/${probe.id}`, headers };
      case "create": {
        const body = JSON.stringify({ name: `Created ${number}`, secretVersion: 1 });
        return { method: "POST", path: clients, headers: { ...headers, ...JSON_BODY }, body };
      }
      case "change permissions":
        return this.#change(number % PROBES, probe);
    }
  }

  /** Replaces all permissions by others. */
  #change(index: number, probe: Probe): Request {
    this.#probes[index] = { ...probe, revision: probe.revision + 1 };
    return {
      method: "PUT",
      path: `/v1/projects/${LARGE}/clients/${probe.id}/permissions`,
      headers: { ...this.#headers, ...JSON_BODY, "if-match": `"${probe.revision}"` },
      body: JSON.stringify({ permissions: SETS[probe.revision % 2] }),
    };
  }
}

const FORM = { "content-type": "application/x-www-form-urlencoded" };
const JSON_BODY = { "content-type": "application/json" };
