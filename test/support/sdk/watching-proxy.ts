import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** A way to a backend that writes down what passes. */
export interface WatchingProxy {
  readonly endpoint: string;
  /** Method and address of each request, in the order in which they came. */
  readonly requests: readonly string[];
  /** The requests that have been answered since the last call. */
  sinceLast(): readonly string[];
  /** Runs when the backend has answered and before the answer is passed on; a status takes the answer's place. */
  onAnswer: (request: string) => Promise<number | undefined>;
  close(): Promise<void>;
}

/** Starts a proxy on a free port of this machine. */
export async function startWatchingProxy(backend: string): Promise<WatchingProxy> {
  const requests: string[] = [];
  let told = 0;
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`);
    passOn(request, response).catch(() => response.destroy());
  });
  async function passOn(request: IncomingMessage, response: ServerResponse) {
    const line = `${request.method} ${request.url}`;
    const answer = await answerOf(backend, request);
    const status = await proxy.onAnswer(line);
    if (status !== undefined) {
      const body = {
        type: "about:blank",
        title: "refused",
        status,
        code: "forbidden",
        detail: "no",
        requestId: "xpr_1",
      };
      response.writeHead(status, { "content-type": "application/problem+json" });
      return response.end(JSON.stringify(body));
    }
    for (const name of ["content-type", "etag", "retry-after"]) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.writeHead(answer.status);
    return response.end(Buffer.from(await answer.arrayBuffer()));
  }
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  // A server that listens on a port has an address of this form.
  const { port } = server.address() as AddressInfo;
  const proxy: WatchingProxy = {
    endpoint: `http://127.0.0.1:${port}`,
    requests,
    sinceLast() {
      const since = requests.slice(told);
      told = requests.length;
      return since;
    },
    onAnswer: async () => undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
  return proxy;
}

async function answerOf(backend: string, request: IncomingMessage): Promise<Response> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] => {
    const isOfConnection = ["host", "connection", "content-length", "accept-encoding"].includes(name);
    return isOfConnection || typeof value !== "string" ? [] : [[name, value]];
  });
  const body = parts.length === 0 ? null : Buffer.concat(parts);
  return fetch(new URL(request.url ?? "/", backend), { method: request.method ?? "GET", headers, body });
}
