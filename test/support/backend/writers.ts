import { randomUUID } from "node:crypto";
import { setTimeout as wait } from "node:timers/promises";
import { type Answer, type Call, callerOf } from "./api";

const PROJECT = "written";

/** Creates clients one after the other, each call sent once, and remembers what was answered. */
export class Writers {
  readonly #call: Call;
  readonly #acknowledged = new Set<string>();
  #ending = false;
  #running: Promise<unknown> = Promise.resolve();
  /** Answers 503 of the API's own. */
  unavailable = 0;
  /** Everything that was neither done nor a 503 of the API's own. */
  readonly unexpected: string[] = [];

  constructor(endpoint: string, adminToken: string) {
    this.#call = callerOf(endpoint, adminToken);
  }

  async prepare(): Promise<void> {
    await this.#call("POST /v1/projects", { body: { slug: PROJECT } });
  }

  start(count: number): void {
    this.#ending = false;
    this.#running = Promise.all(Array.from({ length: count }, () => this.#write()));
  }

  /** Resolves when so many more writes were acknowledged. */
  async succeeds(more: number): Promise<void> {
    const wanted = this.#acknowledged.size + more;
    while (this.#acknowledged.size < wanted) {
      if (this.unexpected.length > 20) throw new Error(`the writes fail: ${this.unexpected.join("\n")}`);
      await wait(5);
    }
  }

  async end(): Promise<void> {
    this.#ending = true;
    await this.#running;
  }

  /** The acknowledged clients that are not there, or without the audit row of their create. */
  async missing(): Promise<string[]> {
    const clients = new Set(await this.#all(`/v1/projects/${PROJECT}/clients`, (item) => item.name));
    const rows = new Set(await this.#all(`/v1/projects/${PROJECT}/audit`, (item) => item.target.name));
    return [...this.#acknowledged].filter((name) => !clients.has(name) || !rows.has(name));
  }

  async #write(): Promise<void> {
    while (!this.#ending) {
      const name = randomUUID();
      try {
        this.#count(name, await this.#call(`POST /v1/projects/${PROJECT}/clients`, { body: { name } }));
      } catch (error) {
        this.unexpected.push(`${error} ${error instanceof Error ? error.cause : ""}`);
        await wait(20);
      }
    }
  }

  #count(name: string, { status, body, headers, text }: Answer): void {
    if (status === 201) this.#acknowledged.add(name);
    else if (status === 503 && body?.code === "unavailable" && headers.has("retry-after")) this.unavailable += 1;
    else this.unexpected.push(`${status} ${text}`);
  }

  // biome-ignore lint/suspicious/noExplicitAny: items of two lists, read field by field
  async #all(path: string, pick: (item: any) => string): Promise<string[]> {
    const found: string[] = [];
    for (let cursor: string | null = ""; cursor !== null; ) {
      const { body } = await this.#call(`GET ${path}?limit=1000${cursor === "" ? "" : `&cursor=${cursor}`}`);
      found.push(...body.items.map(pick));
      cursor = body.nextCursor;
    }
    return found;
  }
}
