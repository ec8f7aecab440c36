import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { TLSSocket } from "node:tls";
import { makeCertificate } from "../sdk/certificates";

/** Starts what looks like a PostgreSQL server with TLS and a certificate of its own, up to the handshake. */
export async function startSelfSignedServer(): Promise<{ url: string; close(): void }> {
  const { certificate, privateKey } = await makeCertificate();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      // The answer to SSLRequest: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
      socket.write("S");
      new TLSSocket(socket, { isServer: true, cert: certificate, key: privateKey }).on("error", () => {});
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an object as its address.
  const { port } = server.address() as AddressInfo;
  return { url: `postgresql://user:hunter2@127.0.0.1:${port}/access`, close: () => server.close() };
}
