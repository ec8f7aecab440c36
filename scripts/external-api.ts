import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { PERMISSIONS, type PermissionInfo } from "xtremepush-access";

/** A call that has arrived. */
export interface Arrived {
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

export type Answer = (request: IncomingMessage, response: ServerResponse, arrived: Arrived) => void;

/** From how many rows on an import is a background task. */
const TASK_ROWS = 100;

/** A stand-in of the vendor's External API: its envelope, its codes, the app token in the body, tasks in the background. */
export class ExternalApiStandIn {
  readonly arrived: Arrived[] = [];
  readonly #server: Server;
  readonly #appToken: string;
  #answer: Answer | null = null;

  private constructor(appToken: string) {
    this.#appToken = appToken;
    this.#server = createServer((request, response) => void this.#take(request, response));
  }

  static async start(appToken: string): Promise<ExternalApiStandIn> {
    const api = new ExternalApiStandIn(appToken);
    api.#server.listen(0, "127.0.0.1");
    await once(api.#server, "listening");
    return api;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** The call that has arrived last. */
  get last(): Arrived {
    const last = this.arrived.at(-1);
    if (last === undefined) throw new Error("no call has arrived");
    return last;
  }

  /** Answers in another way from now on; null as the vendor would. */
  answerWith(answer: Answer | null): void {
    this.#answer = answer;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, "close");
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const arrived = { path: request.url ?? "", headers: request.headers, body: Buffer.concat(chunks).toString() };
    this.arrived.push(arrived);
    if (this.#answer !== null) this.#answer(request, response, arrived);
    else this.#answerAsVendor(response, arrived);
  }

  #answerAsVendor(response: ServerResponse, arrived: Arrived): void {
    const [code, message, rest] = this.#outcomeOf(arrived);
    response.writeHead(code, { "content-type": "application/json" });
    response.end(JSON.stringify({ code, success: code < 300, message, errors: [], ...rest }));
  }

  #outcomeOf({ path, body }: Arrived): readonly [code: number, message: string, rest: object] {
    const call: Record<string, unknown> = JSON.parse(body);
    if (call["apptoken"] === undefined) return [400, "no authentication", {}];
    if (call["apptoken"] !== this.#appToken) return [401, "the app token is wrong", {}];
    const name = path.replace(/^\/api\/(?:external\/)?/, "");
    if (!ENDPOINTS.has(name)) return [404, "there is no such method", {}];
    const rows = call["rows"];
    const isTask = name.startsWith("export/") || (Array.isArray(rows) && rows.length >= TASK_ROWS);
    if (isTask) return [202, "started", { model: { task: randomUUID() } }];
    return [200, "done", name.startsWith("list/") ? { data: [] } : { model: {} }];
  }
}

const ENDPOINTS: ReadonlySet<string | null> = new Set(
  Object.values<PermissionInfo>(PERMISSIONS).map(({ endpoint }) => endpoint),
);
