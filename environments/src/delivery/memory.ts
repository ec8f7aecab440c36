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
import { Delivery, writtenBy } from "../file/delivery";
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
    const address = this.#addressOf(delivery);
    const of = withoutReplaced(recalled?.deliveries ?? []);
    const last = of.find((each) => isSameAddress(each, address) || isEarlierForm(each, address));
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
   * Forgets what this environment delivered before: the deliveries that were removed, and those that a delivery of now has
   * overwritten.
   */
  async forget(removed: readonly Delivery[], kept: readonly Delivery[]): Promise<void> {
    const [gone, present] = [removed, kept].map((deliveries) => deliveries.map((each) => this.#addressOf(each)));
    await this.#forgetThose((each) => {
      if (present?.some((address) => isSameAddress(each, address))) return false;
      if (isOverwritten(each, present ?? [])) return true;
      return (gone ?? []).some((address) => isSameAddress(each, address) || isEarlierForm(each, address));
    });
  }

  /** Forgets all that this environment delivered, but not what may still be at the places of these deliveries. */
  async forgetAll(unseen: readonly Delivery[] = []): Promise<void> {
    const kept = unseen.map((each) => this.#addressOf(each));
    await this.#forgetThose(
      (each) => !kept.some(({ destination, place }) => each.destination === destination && each.place === place),
    );
  }

  /** What this environment delivered to places that none of these deliveries writes: by an earlier file, on another machine. */
  async findOthers(deliveries: readonly Delivery[]): Promise<readonly Remembered[]> {
    const known = deliveries.map((each) => this.#addressOf(each));
    return (await this.#listOwn()).filter(
      (each) => !known.some((address) => isSameAddress(each, address)) && !isOverwritten(each, known),
    );
  }

  /** Whether a remembered delivery is one of these of this environment. */
  isOf(remembered: Remembered, deliveries: readonly Delivery[]): boolean {
    const known = deliveries.map((each) => this.#addressOf(each));
    return known.some((address) => isSameAddress(remembered, address) || isEarlierForm(remembered, address));
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

  async #forgetThose(isOld: (remembered: Remembered) => boolean): Promise<void> {
    this.#recalled.clear();
    const { access, project } = this.#options;
    for (const each of (await this.#listOwn()).filter(isOld)) {
      await access.deliveries.delete(project, each.client, each.id).catch(ignoreMissing);
    }
  }

  /** The deliveries of this environment. */
  async #listOwn(): Promise<readonly Remembered[]> {
    const { access, project } = this.#options;
    const query = { environment: this.environment, limit: 1_000 };
    try {
      return await listed(access.deliveries.ofProject(project, query));
    } catch (error) {
      return ignoreMissing(error) ?? [];
    }
  }

  async #list(clientId: string): Promise<Remembered[]> {
    const { access, project } = this.#options;
    return listed(access.deliveries.list(project, clientId, { limit: 1_000 }));
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
    const written = writtenBy(delivery);
    // The place is for people. Two services may have the same one, so the first hash tells them apart.
    const where = written[0]?.where ?? place;
    const settings = [where, JSON.stringify(Delivery.parse(delivery))].map(shortHash).join("-");
    const names = written.map(({ name }) => name).slice(0, NAMES_MAX);
    return { environment: this.environment, destination: kind, place: visible(place, PLACE_MAX), settings, names };
  }
}

/** The longest place that the backend takes, in code points. */
const PLACE_MAX = 250;

/** The most names that the backend takes. */
const NAMES_MAX = 100;

function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 16);
}

type Settled = Pick<Remembered, "environment" | "destination" | "place" | "settings">;

/** Whether a delivery is another one as an earlier version has remembered it: with the second of the two hashes alone. */
function isEarlierForm(
  one: Settled,
  other: Omit<Settled, "settings"> & { readonly settings?: string | undefined },
): boolean {
  if (one.settings === "" || one.settings.includes("-") || !other.settings?.endsWith(`-${one.settings}`)) return false;
  return (["environment", "destination", "place"] as const).every((part) => one[part] === other[part]);
}

/** Leaves out those that the same delivery in the other form, remembered later, has replaced. */
export function withoutReplaced(all: readonly Remembered[]): readonly Remembered[] {
  return all.filter((one) => !all.some((other) => isReplaced(one, other)));
}

function isReplaced(one: Remembered, other: Remembered): boolean {
  const [time, otherTime] = [one, other].map(({ deliveredTime }) => Date.parse(deliveredTime));
  if (time === undefined || otherTime === undefined) return false;
  return isEarlierForm(one, other) ? otherTime >= time : isEarlierForm(other, one) && otherTime > time;
}

/** Whether other deliveries have replaced all that this one wrote. A command gets everything again each time. */
function isOverwritten(remembered: Remembered, by: readonly Address[]): boolean {
  if (by.some((each) => isEarlierForm(remembered, each))) return true;
  const { destination, settings, names } = remembered;
  const [where] = settings.split("-");
  const there = by.filter((each) => each.destination === destination && each.settings?.split("-")[0] === where);
  if (destination === "stdin") return there.length > 0;
  const written = new Set(there.flatMap((each) => each.names ?? []));
  return names.length > 0 && names.length < NAMES_MAX && names.every((name) => written.has(name));
}

async function listed<Item>(listing: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = [];
  for await (const item of listing) items.push(item);
  return items;
}

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
