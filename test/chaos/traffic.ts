import { randomUUID } from "node:crypto";
import http from "node:http";
import { setTimeout as wait } from "node:timers/promises";
import { AccessClient } from "xtremepush-access";
import { exchange, isOwnRefusal, type Received, type Sent } from "./exchange";
import { type Action, missingFrom, shownBy, writeOf } from "./written";

/** How long writes and tokens may take to come back after a fault. */
const RECOVERY_MS = 60_000;

type Kind = "write" | "token";

/** Writers and readers of tokens, each of which sends one request after the other, once. */
export class Traffic {
  readonly project = `chaos-${randomUUID().slice(0, 8)}`;
  readonly acknowledged: string[] = [];
  requests = 0;
  /** Answers 5xx. */
  unavailable = 0;
  /** Requests to a port on which nothing listened. */
  refused = 0;
  readonly foreign: string[] = [];
  readonly reset: string[] = [];
  readonly #token: string;
  #agent = new http.Agent({ keepAlive: true });
  #endpoint = "";
  #reader = { client: "", secret: "" };
  #isEnding = false;
  #running: Promise<unknown> = Promise.resolve();
  /** When each kind last began a request that succeeded. */
  readonly #begun: Record<Kind, number> = { write: 0, token: 0 };

  constructor(adminToken: string) {
    this.#token = adminToken;
  }

  /** Makes the project of the traffic, and the client whose tokens are read. */
  async prepare(endpoint: string): Promise<void> {
    const access = new AccessClient({ endpoint, token: this.#token });
    await access.projects.create({ slug: this.project });
    const { id, clientSecret } = await access.clients.create(this.project, { name: "reader" });
    await access.grants.put(this.project, id, { permissions: ["list:profile"] }, { ifMatch: 0 });
    this.#reader = { client: id, secret: clientSecret ?? "" };
  }

  /** Starts traffic that goes on until `end`, or with `untilRefused` until nothing listens. */
  start(endpoint: string, { writers, readers, untilRefused = false }: Load): void {
    this.#endpoint = endpoint;
    this.#isEnding = false;
    this.#agent = new http.Agent({ keepAlive: true });
    const loop = async (step: () => Promise<boolean>) => {
      while (!this.#isEnding && ((await step()) || !untilRefused)) {}
    };
    this.#running = Promise.all([
      ...Array.from({ length: writers }, () => loop(() => this.#write())),
      ...Array.from({ length: readers }, () => loop(() => this.#readToken())),
    ]);
  }

  /** Ends when every request that was sent has ended. */
  async end(): Promise<void> {
    this.#isEnding = true;
    await this.#running;
    this.#agent.destroy();
  }

  /** Resolves when all writers and readers of `untilRefused` have ended. */
  async isRefused(): Promise<void> {
    await this.#running;
    this.#agent.destroy();
  }

  /** Resolves when so many more writes were acknowledged. */
  async succeeds(more: number): Promise<void> {
    const wanted = this.acknowledged.length + more;
    await this.#within(() => this.acknowledged.length >= wanted);
  }

  /** Resolves when so many more answers were 5xx. */
  async fails(more: number): Promise<void> {
    const wanted = this.unavailable + more;
    await this.#within(() => this.unavailable >= wanted);
  }

  /** Answers how long it takes from now to a write and a token that succeed. */
  async recovers(): Promise<number> {
    const start = performance.now();
    await this.#within(() => this.#begun.write >= start && this.#begun.token >= start);
    return performance.now() - start;
  }

  /** Compares what was acknowledged with what a backend has. */
  async missing(endpoint: string): Promise<ReturnType<typeof missingFrom>> {
    return missingFrom(this.acknowledged, await shownBy({ endpoint, token: this.#token }, this.project));
  }

  async #within(isDone: () => boolean): Promise<void> {
    const end = performance.now() + RECOVERY_MS;
    while (!isDone()) {
      if (performance.now() > end) throw new Error(`the traffic does not succeed within ${RECOVERY_MS / 1_000} s`);
      await wait(5);
    }
  }

  async #write(): Promise<boolean> {
    const name = randomUUID();
    const clients = `/v1/projects/${this.project}/clients`;
    const created = await this.#send("write", this.#request("POST", clients, { name }));
    if (created?.status !== 201) return created !== null;
    this.#acknowledge("client.create", name);
    const path = `${clients}/${JSON.parse(created.text).id}/permissions`;
    const granted = await this.#send("write", this.#request("PUT", path, { permissions: ["list:profile"] }));
    if (granted?.status === 200) this.#acknowledge("grant.update", name);
    return granted !== null;
  }

  async #readToken(): Promise<boolean> {
    const { client, secret } = this.#reader;
    const headers = {
      authorization: `Basic ${Buffer.from(`${client}:${secret}`).toString("base64")}`,
      "content-type": "application/x-www-form-urlencoded",
    };
    const url = `${this.#endpoint}/api/oauth/token`;
    const answer = await this.#send("token", { method: "POST", url, headers, body: "grant_type=client_credentials" });
    return answer !== null;
  }

  #request(method: "POST" | "PUT", path: string, body: object): Sent {
    const headers = {
      authorization: `Bearer ${this.#token}`,
      "content-type": "application/json",
      ...(method === "PUT" ? { "if-match": '"0"' } : {}),
    };
    return { method, url: this.#endpoint + path, headers, body: JSON.stringify(body) };
  }

  #acknowledge(action: Action, name: string): void {
    this.acknowledged.push(writeOf(action, name));
  }

  /** Sends a request and counts what came; null when nothing listens. */
  async #send(kind: Kind, sent: Sent): Promise<Received | null | undefined> {
    const begun = performance.now();
    this.requests += 1;
    try {
      const answer = await exchange(this.#agent, sent);
      if (answer.status < 300) this.#begun[kind] = Math.max(this.#begun[kind], begun);
      else await this.#countRefusal(sent, answer);
      return answer;
    } catch (error) {
      await wait(20);
      if (error instanceof Error && "code" in error && error.code === "ECONNREFUSED") {
        this.refused += 1;
        return null;
      }
      this.reset.push(`${addressOf(sent)}: ${error}`);
      return undefined;
    }
  }

  async #countRefusal(sent: Sent, answer: Received): Promise<void> {
    if (answer.status >= 500) this.unavailable += 1;
    if (!isOwnRefusal(answer)) this.foreign.push(`${addressOf(sent)}: ${answer.status} ${answer.text}`);
    await wait(5);
  }
}

function addressOf({ method, url }: Sent): string {
  return `${method} ${new URL(url).pathname}`;
}

export interface Load {
  readonly writers: number;
  readonly readers: number;
  readonly untilRefused?: boolean;
}
