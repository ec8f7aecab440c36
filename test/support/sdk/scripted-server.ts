import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What a scripted server does with one request. */
export interface Step {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** A text is sent as it is, anything else as JSON. */
  readonly body?: unknown;
  /** How long the answer is held back, in milliseconds. */
  readonly delayMs?: number;
  /** Sends so many bytes of the body and then cuts the connection; 0 cuts it without any answer. */
  readonly cutAfter?: number;
  /** How long the server waits after each byte of the body, in milliseconds. */
  readonly trickleMs?: number;
}

/** A step, or what makes one of the request: several may come at once, in any order. */
export type ScriptedStep = Step | ((request: SeenRequest) => Step);

/** A request as it came. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The local port of the caller: the same one means the same connection. */
  readonly port: number;
}

export interface ScriptedServer {
  readonly endpoint: string;
  readonly requests: readonly SeenRequest[];
  /** How many requests were open at once at most. */
  mostAtOnce(): number;
}

/** Gives a function that starts servers on free ports of this machine; mocha closes them after each test. */
export function scriptedServers(): (...steps: readonly ScriptedStep[]) => Promise<ScriptedServer> {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });
  return async (...steps) => {
    const { server, close } = await start(steps);
    open.push(close);
    return server;
  };
}

/** The last step answers all requests that follow. */
async function start(steps: readonly ScriptedStep[]): Promise<{ server: ScriptedServer; close: () => Promise<void> }> {
  const requests: SeenRequest[] = [];
  let [now, most] = [0, 0];
  const server = createServer((request, response) => {
    most = Math.max(most, ++now);
    response.once("close", () => now--);
    void bodyOf(request).then((body) => {
      const step = steps[Math.min(requests.length, steps.length - 1)] ?? {};
      const { method = "", url = "", headers } = request;
      const seen = { method, url, headers, body, port: request.socket.remotePort ?? 0 };
      requests.push(seen);
      const played = typeof step === "function" ? step(seen) : step;
      setTimeout(() => void play(played, response), played.delayMs ?? 0);
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed());
      server.closeAllConnections();
    });
  return { server: { endpoint: `http://127.0.0.1:${port}`, requests, mostAtOnce: () => most }, close };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  return Buffer.concat(parts).toString();
}

async function play({ status = 200, headers = {}, body, cutAfter, trickleMs }: Step, response: ServerResponse) {
  if (cutAfter === 0) return response.destroy();
  const text = body === undefined ? "" : typeof body === "string" ? body : JSON.stringify(body);
  const type = status >= 400 ? "application/problem+json" : "application/json";
  const length = { "content-length": String(Buffer.byteLength(text)) };
  response.writeHead(status, { "content-type": type, ...(status !== 204 && length), ...headers });
  if (cutAfter !== undefined) return response.write(text.slice(0, cutAfter), () => response.destroy());
  for (const byte of trickleMs === undefined ? [] : text) {
    response.write(byte);
    await new Promise((next) => setTimeout(next, trickleMs));
  }
  return response.end(trickleMs === undefined ? text : undefined);
}
