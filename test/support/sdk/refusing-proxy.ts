import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A proxy that refuses every tunnel, and what it was asked for. */
export interface RefusingProxy {
  readonly address: string;
  /** Each request with its headers, as one text. */
  readonly asked: readonly string[];
}

/** Starts proxies and points the environment's variables to them; mocha takes both back after each test. */
export function refusingProxies(): () => Promise<RefusingProxy> {
  const undo: (() => Promise<void>)[] = [];
  afterEach(async () => {
    await Promise.all(undo.splice(0).map((back) => back()));
  });
  return async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      response.writeHead(403).end();
    });
    server.on("connect", (request, socket) => {
      asked.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
      socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    // A server that listens on a port has an address of this form.
    const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const before = VARIABLES.map((name) => [name, process.env[name]] as const);
    for (const name of VARIABLES) setVariable(name, name.toLowerCase() === "no_proxy" ? undefined : address);
    undo.push(async () => {
      for (const [name, value] of before) setVariable(name, value);
      await new Promise((closed) => server.close(closed));
    });
    return { address, asked };
  };
}

const VARIABLES = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [name, name.toLowerCase()]);

function setVariable(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
