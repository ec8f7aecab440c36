import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A way to a server that can be cut. */
export interface TcpProxy {
  readonly port: number;
  /** Cuts all connections and takes no more. */
  cut(): Promise<void>;
  /** Lets nothing more through on the connections that are there, without closing them; new ones work. */
  freeze(): void;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target.port, target.host);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket));
      socket.on("error", () => socket.destroy());
    }
    near.pipe(far).pipe(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // Listening on TCP, the address is an object.
  const { port } = server.address() as AddressInfo;
  return {
    port,
    async cut() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, "close");
    },
    freeze() {
      for (const socket of sockets) socket.unpipe().pause();
    },
  };
}
