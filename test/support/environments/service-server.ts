import { createServer, type IncomingHttpHeaders, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";

/** A request to a service, as its handler reads it. */
export interface ServiceRequest {
  readonly method: string;
  /** Decoded, without the slashes between them. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  /** What the JSON says; a text that is not JSON as it is, null without a body. */
  readonly body: unknown;
}

export interface ServiceReply {
  /** @default 200 */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface ServiceServer {
  readonly url: string;
  /** `GET /v1/secret/data/crm`, in the order in which they came. */
  readonly requests: readonly string[];
}

/** Gives a function that starts servers on free ports of this machine; mocha closes them after each test. */
export function serviceServers(): (handle: (request: ServiceRequest) => ServiceReply) => Promise<ServiceServer> {
  const open: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(open.splice(0).map((close) => close()));
  });
  return async (handle) => {
    const requests: string[] = [];
    const server = createServer((request, response) => {
      void requestOf(request).then((read) => {
        requests.push(`${request.method} ${request.url}`);
        const { status = 200, headers = {}, body } = handle(read);
        response.writeHead(status, { "content-type": "application/json", ...headers });
        response.end(body === undefined ? undefined : JSON.stringify(body));
      });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    open.push(
      () =>
        new Promise<void>((closed) => {
          server.close(() => closed());
          server.closeAllConnections();
        }),
    );
    // A server that listens on a port has an address of this form.
    const { port } = server.address() as AddressInfo;
    return { url: `http://127.0.0.1:${port}`, requests };
  };
}

async function requestOf(request: IncomingMessage): Promise<ServiceRequest> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(Buffer.from(part));
  const text = Buffer.concat(parts).toString();
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://localhost");
  return {
    method: request.method ?? "",
    segments: pathname
      .split("/")
      .filter((part) => part !== "")
      .map(decodeURIComponent),
    query: searchParams,
    headers: request.headers,
    body: text === "" ? null : bodyOf(text),
  };
}

function bodyOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return text;
    throw error;
  }
}
