import { isDeepStrictEqual } from "node:util";
import { quoted, word } from "xtremepush-access/text";
import { EnvironmentFailure } from "../../environment-failure";
import type { Field } from "../../file/destinations";
import type { Destination, Held, Removal, Values } from "../destination";
import { compareHeld, namedValues } from "../named-values";
import { type HeldSecret, isManaged, readSecret, secretObject } from "./secret-manifest";

/** Where Secrets are kept: in a file, or in a cluster. */
export interface SecretStore {
  /** For people. */
  readonly place: string;
  /** Checks that it can be written, or for a removal, that it is not there. @throws EnvironmentFailure. */
  check(isRemoval: boolean): Promise<void>;
  /** The object that is there; null when there is none. */
  read(): Promise<unknown>;
  /** Replaces the object; false when somebody else has changed it since it was read. */
  write(object: object, isNew: boolean): Promise<boolean>;
  remove(): Promise<void>;
  /** A failure that is found before anything is changed. */
  refusal(message: string): EnvironmentFailure;
}

interface SecretSettings {
  readonly namespace: string;
  readonly name: string;
  readonly keys: Readonly<Record<string, Field>>;
}

// A Secret is one object of etcd: https://kubernetes.io/docs/concepts/configuration/secret/#restriction-data-size
const DATA_MAX_BYTES = 1024 * 1024;
const WRITES_MAX = 5;

/** A Kubernetes Secret, in which only the keys of the delivery change. It is never somebody else's. */
export class KubernetesSecret implements Destination {
  readonly kind = "kubernetes";
  readonly place: string;
  readonly #settings: SecretSettings;
  readonly #store: SecretStore;

  constructor(settings: SecretSettings, store: SecretStore) {
    this.#settings = settings;
    this.#store = store;
    this.place = store.place;
  }

  async check(values: Values | null, isRemoval = false): Promise<Held> {
    if (values === null) {
      await this.#store.check(isRemoval);
      await this.#read((message) => this.#store.refusal(message));
      return "unknown";
    }
    const held = await this.#read();
    const wanted = encoded(namedValues(this.#settings.keys, values));
    return compareHeld(wanted, (key) => (held !== null && Object.hasOwn(held.data, key) ? held.data[key] : undefined));
  }

  async deliver(values: Values): Promise<void> {
    const wanted = encoded(namedValues(this.#settings.keys, values));
    await this.#change((data) => ({ ...data, ...Object.fromEntries(wanted) }));
  }

  async remove(): Promise<Removal> {
    const left = (data: Data) => Object.fromEntries(Object.entries(data).filter(([key]) => !this.#isOwn(key)));
    const held = await this.#read();
    if (held === null) return "removed";
    if (Object.keys(left(held.data)).length === 0) await this.#store.remove();
    else await this.#change(left);
    return "removed";
  }

  #isOwn(key: string): boolean {
    return Object.hasOwn(this.#settings.keys, key);
  }

  /** Changes the Secret of now, and starts again when it is no longer that of now. */
  async #change(change: (data: Data) => Data): Promise<void> {
    const { namespace, name } = this.#settings;
    for (let write = 0; write < WRITES_MAX; write++) {
      const held = await this.#read();
      const data = change(held?.data ?? {});
      if (held !== null && isDeepStrictEqual(data, held.data)) return;
      assertSize(data, this.place);
      const object = secretObject({ namespace, name, data, resourceVersion: held?.resourceVersion ?? null });
      if (await this.#store.write(object, held === null)) return;
    }
    throw new EnvironmentFailure(`others changed ${word(this.place)} ${WRITES_MAX} times meanwhile; run it again`);
  }

  /** @throws EnvironmentFailure when what is there is not for this delivery. */
  async #read(fail = (message: string) => new EnvironmentFailure(message)): Promise<HeldSecret | null> {
    const { namespace, name } = this.#settings;
    const object = await this.#store.read();
    if (object === null) return null;
    const held = readSecret(object);
    if (held === null || held.namespace !== namespace || held.name !== name) {
      throw fail(
        `${word(this.place)} is not the Secret ${name} of the namespace ${namespace}, and a delivery would overwrite it; name another place`,
      );
    }
    if (isManaged(held)) return held;
    const owner =
      held.managedBy === null ? "no label says that it is delivered" : `${quoted(held.managedBy)} manages it`;
    throw fail(
      `the Secret ${name} of the namespace ${namespace} is somebody else's: ${owner}; name another one, or set its label app.kubernetes.io/managed-by to xtremepush-access-env`,
    );
  }
}

type Data = Readonly<Record<string, string>>;

function encoded(values: ReadonlyMap<string, string>): ReadonlyMap<string, string> {
  return new Map([...values].map(([key, value]) => [key, Buffer.from(value, "utf8").toString("base64")]));
}

function assertSize(data: Data, place: string): void {
  const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value, "base64"), 0);
  if (bytes <= DATA_MAX_BYTES) return;
  throw new EnvironmentFailure(`the values for ${word(place)} have more than the 1 MiB that a Secret can hold`);
}
