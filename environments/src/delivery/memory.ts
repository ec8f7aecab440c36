import { createHash } from "node:crypto";
import {
  type AccessClient,
  type Client,
  type DeliveryPut,
  NotFoundError,
  type Delivery as Remembered,
} from "xtremepush-access";
import { isDeliveryCurrent } from "xtremepush-access/rules";
import { visible } from "xtremepush-access/text";
import { Delivery } from "../file/delivery";
import { bringsSecret, type Credential } from "./credentials";
import type { Held } from "./destination";
import { destinationOf } from "./destination-of";

/** A client as its backend knows it. */
export interface RecalledClient {
  readonly client: Client;
  /** In all environments. */
  readonly deliveries: readonly Remembered[];
}

interface MemoryOptions {
  readonly access: AccessClient;
  /** The project of the clients. */
  readonly project: string;
  /** The environment, with its program: `acme-crm/staging`. */
  readonly environment: string;
  /** The folder of the program. */
  readonly folder: string;
}

type Address = Omit<DeliveryPut, "secretVersion">;

/** What the backend remembers of the deliveries of clients: on every machine the same. Outputs are no clients, so it knows none. */
export class DeliveryMemory {
  readonly environment: string;
  readonly #options: MemoryOptions;
  readonly #recalled = new Map<string, Promise<RecalledClient | null>>();

  constructor(options: MemoryOptions) {
    this.environment = options.environment;
    this.#options = options;
  }

  /** What the backend knows of a client, read once; null when it does not have the client. */
  recall(clientId: string): Promise<RecalledClient | null> {
    const known = this.#recalled.get(clientId);
    if (known !== undefined) return known;
    const reading = this.#read(clientId);
    this.#recalled.set(clientId, reading);
    return reading;
  }

  /** The same, read again. */
  recallAgain(clientId: string): Promise<RecalledClient | null> {
    this.#recalled.delete(clientId);
    return this.recall(clientId);
  }

  /** What a destination got last, as far as the backend knows. */
  async held(delivery: Delivery, credential: Credential): Promise<Held> {
    const recalled = await this.#recallFor(credential);
    const last = recalled?.deliveries.find((each) => isSameAddress(each, this.#addressOf(delivery)));
    if (!recalled || last === undefined) return "unknown";
    const isThisVersion = last.secretVersion === versionOf(delivery, credential);
    return isThisVersion && isDeliveryCurrent(recalled.client, last) ? "current" : "stale";
  }

  /** Remembers that a credential is where it belongs. */
  async remember(delivery: Delivery, credential: Credential): Promise<void> {
    const { clientId } = credential;
    if (clientId === null || !this.#isOfProject(credential)) return;
    const { access, project } = this.#options;
    const secretVersion = versionOf(delivery, credential);
    await access.deliveries
      .put(project, clientId, { ...this.#addressOf(delivery), secretVersion })
      .catch(ignoreMissing);
  }

  /**
   * Forgets what this environment delivered before: the deliveries that were removed, and those in a place that a delivery
   * of now has overwritten.
   */
  async forget(clientId: string, removed: readonly Delivery[], kept: readonly Delivery[]): Promise<void> {
    this.#recalled.delete(clientId);
    const remembered = await this.#list(clientId).catch(ignoreMissing);
    const [gone, present] = [removed, kept].map((deliveries) => deliveries.map((each) => this.#addressOf(each)));
    for (const each of remembered ?? []) {
      if (each.environment !== this.environment || present?.some((address) => isSameAddress(each, address))) continue;
      // Only a command takes all that it gets anew; in a file, a Secret or a vault, other names stay beside those of now.
      const isOver =
        each.destination === "stdin" &&
        present?.some(({ destination, place }) => destination === each.destination && place === each.place);
      if (!isOver && !gone?.some((address) => isSameAddress(each, address))) continue;
      const { access, project } = this.#options;
      await access.deliveries.delete(project, clientId, each.id).catch(ignoreMissing);
    }
  }

  /** Forgets all that this environment delivered of a client. */
  async forgetAll(clientId: string): Promise<void> {
    const { access, project } = this.#options;
    for (const each of (await this.#list(clientId).catch(ignoreMissing)) ?? []) {
      if (each.environment !== this.environment) continue;
      await access.deliveries.delete(project, clientId, each.id).catch(ignoreMissing);
    }
  }

  /** Whether a remembered delivery is one of these of this environment. */
  isOf(remembered: Remembered, deliveries: readonly Delivery[]): boolean {
    return deliveries.some((each) => isSameAddress(remembered, this.#addressOf(each)));
  }

  async #read(clientId: string): Promise<RecalledClient | null> {
    const { access, project } = this.#options;
    try {
      const [client, deliveries] = await Promise.all([access.clients.get(project, clientId), this.#list(clientId)]);
      return { client, deliveries };
    } catch (error) {
      return ignoreMissing(error);
    }
  }

  async #list(clientId: string): Promise<Remembered[]> {
    const { access, project } = this.#options;
    const deliveries: Remembered[] = [];
    for await (const each of access.deliveries.list(project, clientId, { limit: 1_000 })) deliveries.push(each);
    return deliveries;
  }

  async #recallFor(credential: Credential): Promise<RecalledClient | null> {
    const { clientId } = credential;
    return clientId === null || !this.#isOfProject(credential) ? null : this.recall(clientId);
  }

  /** A client of another Provider may be in another project, or on another backend. */
  #isOfProject({ values }: Credential): boolean {
    return values["project"] === this.#options.project;
  }

  #addressOf(delivery: Delivery): Address {
    const { kind, place } = destinationOf(delivery, this.#options.folder);
    const settings = createHash("sha256")
      .update(JSON.stringify(Delivery.parse(delivery)))
      .digest("hex")
      .slice(0, 16);
    return { environment: this.environment, destination: kind, place: visible(place, PLACE_MAX), settings };
  }
}

/** The longest place that the backend takes, in code points. */
const PLACE_MAX = 250;

function isSameAddress(one: Pick<Remembered, keyof Address & string>, other: Address): boolean {
  return (["environment", "destination", "place", "settings"] as const).every((part) => one[part] === other[part]);
}

/** Null where the secret is not delivered. */
function versionOf(delivery: Delivery, { secretVersion, values }: Credential): number | null {
  return "clientSecret" in values && bringsSecret(delivery) ? secretVersion : null;
}

function ignoreMissing(error: unknown): null {
  if (NotFoundError.is(error)) return null;
  throw error;
}
