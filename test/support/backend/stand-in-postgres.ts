import { once } from "node:events";
import { type AddressInfo, createServer, type Server } from "node:net";
import { TLSSocket } from "node:tls";
import { makeCertificate, type TestCertificateOptions } from "../sdk/certificates";

/** Where such a server is. */
interface StandIn {
  readonly url: string;
  close(): void;
}

/** Starts what looks like a PostgreSQL server with TLS and a certificate of its own, up to the handshake. */
export async function startSelfSignedServer(
  options: TestCertificateOptions = {},
): Promise<StandIn & { readonly certificate: string }> {
  const { certificate, privateKey } = await makeCertificate(options);
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => {
      // The answer to SSLRequest: https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-SSL
      socket.write("S");
      new TLSSocket(socket, { isServer: true, cert: certificate, key: privateKey }).on("error", () => {});
    });
  });
  return { certificate, ...(await listening(server, "user:hunter2")) };
}

/** Starts what looks like a PostgreSQL server that asks for a password by SCRAM. */
export async function startScramServer(): Promise<StandIn> {
  // The shared server of the tests asks for clear text, because SCRAM takes milliseconds for each connection.
  const server = createServer((socket) => {
    socket.on("error", () => {});
    // AuthenticationSASL, AuthenticationSASLContinue: https://www.postgresql.org/docs/current/protocol-message-formats.html
    socket.once("data", () => {
      socket.write(authentication(10, "SCRAM-SHA-256\0\0"));
      socket.once("data", () => socket.end(authentication(11, "r=nonce,s=c2FsdA==,i=4096")));
    });
  });
  return listening(server);
}

/** Starts what looks like a PostgreSQL server that lets everybody in and answers no query; `asked` resolves at the first one. */
export async function startSilentServer(): Promise<StandIn & { readonly asked: Promise<void> }> {
  const { promise: asked, resolve } = Promise.withResolvers<void>();
  const server = createServer((socket) => {
    socket.on("error", () => {});
    // AuthenticationOk and ReadyForQuery.
    socket.once("data", () => {
      socket.write(Buffer.concat([authentication(0, ""), Buffer.from("Z\0\0\0\x05I")]));
      socket.once("data", () => resolve());
    });
  });
  return { asked, ...(await listening(server)) };
}

function authentication(kind: number, text: string): Buffer {
  const header = Buffer.alloc(9, "R");
  header.writeInt32BE(header.length - 1 + text.length, 1);
  header.writeInt32BE(kind, 5);
  return Buffer.concat([header, Buffer.from(text)]);
}

async function listening(server: Server, login = "user"): Promise<StandIn> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  // A server that listens on TCP has an object as its address.
  const { port } = server.address() as AddressInfo;
  return { url: `postgresql://${login}@127.0.0.1:${port}/access`, close: () => server.close() };
}
