import { Socket } from "node:net";
import { Client } from "pg";

/** Tells the other replicas that access has changed, and hears of it. Notifications get lost: who needs to know polls, too. */
export interface Notifications {
  /** Calls the listener for each notification, and after each time that some may have been lost. */
  listen(heard: () => void): Listening;
  /** Tells all that listen. */
  notify(): Promise<void>;
}

export interface Listening {
  close(): Promise<void>;
}

/** Of a database that one process has for itself. */
export const NO_NOTIFICATIONS: Notifications = {
  listen: () => ({ close: async () => {} }),
  notify: async () => {},
};

export const CHANNEL = "xtremepush_access";

/** Whether a statement is a notification: it is sent after an answer, and no request waits for it. */
export function isNotification(statement: string): boolean {
  return statement.includes("pg_notify(");
}

const CONNECT_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 30_000;
/** A connection to a server that is gone without a word hears nothing more. */
const MAX_AGE_MS = 300_000;
/** How long such a server has to take part in the end of a connection. */
const END_MS = 2_000;

/** Listens on a connection of its own, and connects again when that has ended. */
export class Listener implements Listening {
  readonly #url: string;
  readonly #heard: () => void;
  #end: () => Promise<void> = async () => {};
  #timer: NodeJS.Timeout | undefined;
  #pauseMs = FIRST_PAUSE_MS;
  #isClosed = false;
  #connecting: Promise<void> = Promise.resolve();

  constructor(url: string, heard: () => void) {
    this.#url = url;
    this.#heard = heard;
    this.#connecting = this.#connect();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#connecting;
    await this.#end();
  }

  async #connect(): Promise<void> {
    const socket = new Socket();
    const client = new Client({
      stream: () => socket,
      connectionString: this.#url,
      application_name: "xtremepush-access-backend",
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: CONNECT_MS,
      keepAlive: true,
    });
    // Without a listener, the event would end the process; the end of the connection follows.
    client.on("error", () => {});
    client.on("notification", this.#heard);
    try {
      await client.connect();
      await client.query(`listen ${CHANNEL}`);
    } catch {
      // Whatever it is, the polls go on without notifications.
      await client.end().catch(() => {});
      return this.#later(this.#pauseMs);
    }
    this.#end = async () => {
      const timer = setTimeout(() => socket.destroy(), END_MS);
      await client.end();
      clearTimeout(timer);
    };
    client.on("end", () => this.#later(this.#pauseMs));
    this.#pauseMs = FIRST_PAUSE_MS;
    this.#heard();
    this.#timer = setTimeout(() => void this.#end(), MAX_AGE_MS).unref();
  }

  #later(ms: number): void {
    clearTimeout(this.#timer);
    if (this.#isClosed) return;
    this.#pauseMs = Math.min(2 * this.#pauseMs, MAX_PAUSE_MS);
    this.#timer = setTimeout(() => {
      this.#connecting = this.#connect();
    }, ms).unref();
  }
}
