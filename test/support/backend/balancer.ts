import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to the first of some servers that takes a connection, as a load balancer has it. */
export interface Balancer {
  readonly endpoint: string;
  /** Cuts all connections; new ones work. */
  cut(): void;
  close(): Promise<void>;
}

/** @param ports - The ports of the servers on this machine, the preferred one first; asked at each connection. */
export async function startBalancer(ports: () => readonly number[]): Promise<Balancer> {
  const sockets = new Set<Socket>();
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => socket.destroy());
  };
  const join = async (near: Socket) => {
    keep(near);
    const far = await firstOf(ports());
    if (far === null) return void near.destroy();
    keep(far);
    near.on("close", () => far.destroy());
    far.on("close", () => near.destroy());
    near.pipe(far).pipe(near);
  };
  const server = createServer({ pauseOnConnect: true }, (near) => void join(near));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Listening on TCP, the address is an object.
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    endpoint: `http://127.0.0.1:${port}`,
    cut,
    close: async () => {
      server.close();
      cut();
      await once(server, "close");
    },
  };
}

async function firstOf(ports: readonly number[]): Promise<Socket | null> {
  for (const port of ports) {
    const far = connect(port, "127.0.0.1");
    try {
      await once(far, "connect");
      return far;
    } catch {
      // Whatever keeps it from answering, the next one may.
      far.destroy();
    }
  }
  return null;
}
