import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";

/** A server that listens where an engine would, and says nothing. */
export interface EngineAddress {
  readonly address: string;
  /** How often somebody has connected. */
  connections(): number;
  /** Drops the connections that are there, and goes on listening. */
  drop(): void;
  /** Ends as a killed process does: nobody listens any more. */
  end(): Promise<void>;
}

/** Listens on a free port of this machine. */
export async function listenAsEngine(): Promise<EngineAddress> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    sockets.add(socket.on("error", () => {}));
    socket.once("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Listening on TCP, the address is an object.
  const { port } = server.address() as AddressInfo;
  const drop = () => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    address: `127.0.0.1:${port}`,
    connections: () => connections,
    drop,
    async end() {
      server.close();
      drop();
      await once(server, "close");
    },
  };
}
