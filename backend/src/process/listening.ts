import { lookup } from "node:dns/promises";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { isNamed } from "../failures/named-error";
import { StartFailure } from "../failures/start-failure";

/** The flags that choose where something listens. */
export interface ListenFlags {
  readonly host: string;
  readonly port: string;
}

/** Finds a port of a host that nothing listens on. @throws StartFailure when nothing can listen there. */
export async function freePort(host: string, flags: ListenFlags): Promise<number> {
  const server = createServer();
  try {
    server.listen(0, host);
    await once(server, "listening");
  } catch (error) {
    throw listenFailure(error, { host, port: 0 }, flags);
  }
  // A server that listens on TCP has an object as its address.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

/** Fastify opens one server for each address of `localhost`, and a stop drains one server: the first address is enough. */
export async function oneAddress(host: string): Promise<string> {
  return host === "localhost" ? (await lookup(host, { order: "ipv4first" })).address : host;
}

/** The address of an HTTP server in a URL. */
export function urlOf(host: string, port: number): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** The sentence about a place where nothing can listen; any other error stays as it is. */
export function listenFailure(
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
  flags: ListenFlags,
): unknown {
  if (isNamed(error, "EADDRINUSE")) {
    return new StartFailure(
      `Port ${port} of ${host} is in use: stop what uses it, or choose another with ${flags.port}.`,
    );
  }
  if (isNamed(error, "EMFILE", "ENFILE")) {
    return new StartFailure(
      `Nothing can listen on ${host}, port ${port}, because too many files are open (${error.code}): raise the limit with ulimit -n.`,
    );
  }
  if (isNamed(error, "EACCES", "EADDRNOTAVAIL", "ENOTFOUND", "EAI_AGAIN")) {
    return new StartFailure(
      `Nothing can listen on ${host}, port ${port} (${error.code}): choose others with ${flags.host} and ${flags.port}.`,
    );
  }
  return error;
}
