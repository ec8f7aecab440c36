import { LIMIT_WINDOW_MS } from "../http/limits";
import type { ClientPublicKey, ClientSecret, TokenClient } from "../store/client-credentials";

/** Whoever sends ever new client IDs must not fill the memory. */
const KEYS_MAX = 10_000;
/** Clients whose latest credentials are remembered; a client has at most two live secrets. */
const CLIENTS_MAX = 5_000;
const CREDENTIALS_MAX = 4;

/** How many attempts to be a client may fail in ten seconds. */
export interface GuessLimits {
  /** At one client, whether it exists or not. */
  readonly ofClient: number;
  /** From one address. */
  readonly fromAddress: number;
}

/** The credentials that have proved a client. */
export type ProvenCredentials = Pick<TokenClient, "secrets" | "publicKeys">;

/** One attempt to be a client. It counts as failed until it is taken back, so that attempts at the same time count, too. */
export interface Attempt {
  /** How long there were too many failed ones already, at the client or from the address, in seconds; 0 when there were not. */
  readonly waitS: number;
  /** Whether there were too many from the address. */
  readonly isAddressOver: boolean;
  /** It did not fail. */
  takeBack(): void;
}

/**
 * Limits guessing: failed attempts count by the client that they claim and by the address that they come from. Guesses at a client
 * must not keep it out, so the limit of the address is the one that bounds their work: whoever guesses from many addresses can
 * claim many clients as well.
 */
export class Guesses {
  readonly #ofClients: Windows;
  readonly #fromAddresses: Windows;
  readonly #proven = new Map<string, ProvenCredentials>();

  constructor({ ofClient, fromAddress }: GuessLimits, now: () => Date) {
    this.#ofClients = new Windows(ofClient, now);
    this.#fromAddresses = new Windows(fromAddress, now);
  }

  begin(client: string, address: string): Attempt {
    const ofClient = this.#ofClients.count(client);
    const fromAddress = this.#fromAddresses.count(address);
    return {
      waitS: Math.max(ofClient.waitS, fromAddress.waitS),
      isAddressOver: fromAddress.waitS > 0,
      takeBack: () => {
        ofClient.takeBack();
        fromAddress.takeBack();
      },
    };
  }

  /** Remembers a credential that has proved its client. */
  remember(client: string, credential: ClientSecret | ClientPublicKey): void {
    const { secrets, publicKeys } = this.provenBy(client);
    this.#proven.delete(client);
    this.#proven.set(
      client,
      "hash" in credential
        ? { publicKeys, secrets: latest(secrets, credential) }
        : { secrets, publicKeys: latest(publicKeys, credential) },
    );
    dropOldest(this.#proven, CLIENTS_MAX);
  }

  provenBy(client: string): ProvenCredentials {
    return this.#proven.get(client) ?? NONE;
  }
}

const NONE: ProvenCredentials = { secrets: [], publicKeys: [] };

function latest<Credential extends { readonly id: string }>(
  known: readonly Credential[],
  credential: Credential,
): readonly Credential[] {
  return [credential, ...known.filter(({ id }) => id !== credential.id)].slice(0, CREDENTIALS_MAX);
}

interface Window {
  failed: number;
  /** In milliseconds since 1970. */
  readonly end: number;
}

type Count = Omit<Attempt, "isAddressOver">;

/** Counts by key, each in a window that begins with the first count. */
class Windows {
  readonly #max: number;
  readonly #now: () => Date;
  readonly #windows = new Map<string, Window>();

  constructor(max: number, now: () => Date) {
    this.#max = max;
    this.#now = now;
  }

  count(key: string): Count {
    const time = this.#now().getTime();
    const window = this.#open(key, time);
    if (window.failed >= this.#max) return { waitS: Math.ceil((window.end - time) / 1_000), takeBack: () => {} };
    window.failed += 1;
    return {
      waitS: 0,
      takeBack: () => {
        window.failed -= 1;
        if (window.failed === 0 && this.#windows.get(key) === window) this.#windows.delete(key);
      },
    };
  }

  #open(key: string, time: number): Window {
    const known = this.#windows.get(key);
    // A clock that was set back must not make a window longer.
    const isOpen = known !== undefined && known.end > time && known.end <= time + LIMIT_WINDOW_MS;
    const window = isOpen ? known : { failed: 0, end: time + LIMIT_WINDOW_MS };
    this.#windows.delete(key);
    this.#windows.set(key, window);
    dropOldest(this.#windows, KEYS_MAX);
    return window;
  }
}

function dropOldest(map: Map<string, unknown>, max: number): void {
  const [oldest] = map.keys();
  if (map.size > max && oldest !== undefined) map.delete(oldest);
}
