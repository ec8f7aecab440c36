import { once } from "node:events";
import http, { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as wait } from "node:timers/promises";

/**
 * What can happen to a request on its way.
 *
 * - `cut-before`: the connection breaks, and the backend never sees the request
 * - `cut-after`: the backend has answered, and the connection breaks before any of the answer is passed on
 * - `truncate`: half of the answer is passed on
 * - `delay`: a while passes before the request is passed on
 * - `duplicate`: the request is passed on twice, as by a proxy that has lost the first answer; the second one comes back
 * - `unavailable`, `limited`: a proxy answers 503 or 429 in the place of the backend
 * - `kill-before`, `kill-after`: the program at the near end is killed at this point
 */
export const FAULTS = [
  "cut-before",
  "cut-after",
  "truncate",
  "delay",
  "duplicate",
  "unavailable",
  "limited",
  "kill-before",
  "kill-after",
] as const;
export type Fault = (typeof FAULTS)[number];

/** A call that has come to the proxy. */
export interface PassingCall {
  /** The method and what it is about, as in `PATCH client`, `PUT permissions`, `GET project`. */
  readonly call: string;
  /** The ID of the client that it is about, where its address has one. */
  readonly client: string | null;
  readonly body: string;
}

/** A call that went wrong. */
export interface FaultyCall extends PassingCall {
  readonly fault: Fault;
  /** What the backend has answered; null when it did not see the request. */
  readonly status: number | null;
}

/** Decides what happens to a call; null lets it pass. */
export type Judge = (passing: PassingCall) => Fault | null | Promise<Fault | null>;

/** A proxy before a backend that makes requests fail on demand. */
export interface FaultProxy {
  readonly endpoint: string;
  /** Judges each call from now on, and says how to kill. */
  meet(judge: Judge, kill?: () => Promise<void>): void;
  /** Lets everything pass from now on, and answers what went wrong until now. */
  heal(): readonly FaultyCall[];
  close(): Promise<void>;
}

const DELAY_MS = 300;

/** Starts a proxy on a free port of this machine; everything passes until a fault is set. */
export async function startFaultProxy(backend: string): Promise<FaultProxy> {
  const agent = new http.Agent({ keepAlive: true });
  let judge: Judge = () => null;
  let kill = async () => {};
  let faulty: FaultyCall[] = [];

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = { ...(await readRequest(request)), url: new URL(request.url ?? "/", backend), agent };
    const passing = { ...callOf(sent.method, sent.url.pathname), body: sent.body.toString() };
    const fault = await judge(passing);
    const answers = fault === null || PASSED_ON[fault] > 0 ? await passOn(sent, fault) : [];
    const answer = answers.at(-1);
    if (fault === null) return void (answer && reply(response, answer));
    faulty.push({ ...passing, fault, status: answer?.status ?? null });
    if (fault === "kill-before" || fault === "kill-after") await kill();
    finish(response, fault, answer);
  }

  const server = createServer((request, response) => {
    handle(request, response).catch(() => response.destroy());
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Listening on TCP, the address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    meet(next, killer = async () => {}) {
      judge = next;
      kill = killer;
    },
    heal() {
      judge = () => null;
      const before = faulty;
      faulty = [];
      return before;
    },
    async close() {
      agent.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function callOf(method: string, path: string): Pick<PassingCall, "call" | "client"> {
  const [, , project, clients, client = null, part] = path.split("/").slice(1);
  const about = part ?? (client === null ? (clients ?? (project === undefined ? "backend" : "project")) : "client");
  return { call: `${method} ${about}`, client };
}

/** How often the backend sees a request. */
const PASSED_ON: Readonly<Record<Fault, number>> = {
  "cut-before": 0,
  "cut-after": 1,
  truncate: 1,
  delay: 1,
  duplicate: 2,
  unavailable: 0,
  limited: 0,
  "kill-before": 0,
  "kill-after": 1,
};

interface Sent {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly agent: http.Agent;
}

interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

async function readRequest(request: IncomingMessage): Promise<Pick<Sent, "method" | "headers" | "body">> {
  return { method: request.method ?? "GET", headers: request.headers, body: await bodyOf(request) };
}

async function passOn(sent: Sent, fault: Fault | null): Promise<Answered[]> {
  if (fault === "delay") await wait(DELAY_MS);
  const answers: Answered[] = [];
  for (let times = fault === null ? 1 : PASSED_ON[fault]; times > 0; times--) answers.push(await send(sent));
  return answers;
}

async function send({ method, url, headers, body, agent }: Sent): Promise<Answered> {
  const request = http.request(url, { method, headers: { ...headers, host: url.host }, agent });
  request.end(body);
  // The first argument of the event is the answer.
  const [answer] = (await once(request, "response")) as [IncomingMessage];
  return { status: answer.statusCode ?? 0, headers: answer.headers, body: await bodyOf(answer) };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function finish(response: ServerResponse, fault: Fault, answer: Answered | undefined): void {
  if (fault === "unavailable") return void response.writeHead(503, { "retry-after": "0" }).end();
  if (fault === "limited") return void response.writeHead(429, { "retry-after": "1" }).end();
  if (answer === undefined || fault === "cut-after" || fault === "kill-after") return void response.destroy();
  if (fault !== "truncate") return void reply(response, answer);
  response.writeHead(answer.status, { ...passedHeaders(answer), "content-length": String(answer.body.length) });
  response.write(answer.body.subarray(0, Math.floor(answer.body.length / 2)), () => response.destroy());
}

function reply(response: ServerResponse, answer: Answered): void {
  response.writeHead(answer.status, passedHeaders(answer)).end(answer.body);
}

function passedHeaders({ headers }: Answered): IncomingHttpHeaders {
  const { "transfer-encoding": _, connection: __, ...passed } = headers;
  return passed;
}
